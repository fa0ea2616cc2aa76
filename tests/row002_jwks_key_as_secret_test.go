package tests

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"testing"
)

// A public key is public: whoever takes it for an HMAC key must get nowhere, whatever form of it they take.
func TestRow002_PublicKeyAsHMACKey(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user := s.user(t, "")
		ed, rs := newPluginKey(t, "EdDSA", "ed"), newPluginKey(t, "RS256", "rs")
		endpoint.publish(t, ed, rs)
		for _, k := range []*pluginKey{ed, rs} {
			if status := s.status(t, bearer(k.token(t, s, user))); status != 200 {
				t.Fatalf("%s: the good token gets %d", k.alg, status)
			}
			tokens := map[string]string{}
			for form, secret := range publicForms(t, k) {
				for _, alg := range []string{"HS256", "HS384", "HS512"} {
					header := `{"alg":"` + alg + `","kid":"` + k.kid + `"}`
					tokens[k.alg+" "+form+" "+alg] = hs256(secret, header, pluginPayload(s, user, `,"type":"access"`))
				}
			}
			s.refuses(t, tokens)
		}
	})
}

func publicForms(t *testing.T, k *pluginKey) map[string]string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.private.Public())
	if err != nil {
		t.Fatal(err)
	}
	jwk, _ := json.Marshal(k.jwk(t))
	forms := map[string]string{
		"DER": string(der), "PEM": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), "JWK": string(jwk), "empty": "",
	}
	switch public := k.private.Public().(type) {
	case ed25519.PublicKey:
		forms["raw"], forms["x"] = string(public), base64.RawURLEncoding.EncodeToString(public)
	case *rsa.PublicKey:
		forms["raw"], forms["n"] = string(public.N.Bytes()), base64.RawURLEncoding.EncodeToString(public.N.Bytes())
	}
	return forms
}
