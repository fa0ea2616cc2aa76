package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func url64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// modulus is an odd number of that many bits, in base64url.
func modulus(bits int) string {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return url64(n.Add(n, big.NewInt(1)).Bytes())
}

func edJWK(t testing.TB) (ed25519.PrivateKey, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return private, url64(public)
}

func ecJWK(t testing.TB, curve elliptic.Curve, name string) string {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	half := len(point) / 2
	return fmt.Sprintf(`"kty":"EC","crv":%q,"x":%q,"y":%q`, name, url64(point[1:1+half]), url64(point[1+half:]))
}

// Each key is read with its one algorithm, named by itself, beside it, or by its curve.
func TestParseJWK(t *testing.T) {
	_, x := edJWK(t)
	ed := `{"kid":"k","kty":"OKP","crv":"Ed25519","x":"` + x + `"`
	p256, p384, p521 := ecJWK(t, elliptic.P256(), "P-256"), ecJWK(t, elliptic.P384(), "P-384"), ecJWK(t, elliptic.P521(), "P-521")
	rsa := func(bits int) string { return fmt.Sprintf(`{"kid":"k","kty":"RSA","e":"AQAB","n":%q`, modulus(bits)) }
	for _, c := range []struct{ name, text, beside, algorithm, reason string }{
		{"Ed25519", ed + `}`, "", "EdDSA", ""},
		{"Ed25519, alg of the column", ed + `}`, "EdDSA", "EdDSA", ""},
		{"Ed25519 under its own name", ed + `,"alg":"Ed25519"}`, "", "Ed25519", ""},
		{"its own alg counts", ed + `,"alg":"EdDSA"}`, "RS256", "EdDSA", ""},
		{"as published", ed + `,"alg":"EdDSA","use":"sig","key_ops":["verify"]}`, "", "EdDSA", ""},
		{"P-256", `{"kid":"k",` + p256 + `}`, "", "ES256", ""},
		{"P-521", `{"kid":"k",` + p521 + `,"alg":"ES512"}`, "", "ES512", ""},
		{"RSA 2048", rsa(2048) + `,"alg":"PS256"}`, "", "PS256", ""},
		{"RSA 4096", rsa(4096) + `}`, "RS256", "RS256", ""},

		{"RSA without alg", rsa(2048) + `}`, "", "", "does not say"},
		{"RSA 2047", rsa(2047) + `,"alg":"RS256"}`, "", "", "2048"},
		{"RSA 4097", rsa(4097) + `,"alg":"RS256"}`, "", "", "known"},
		{"RSA 512", rsa(512) + `,"alg":"RS256"}`, "", "", "2048"},
		{"RSA for encryption", rsa(2048) + `,"alg":"RSA-OAEP"}`, "", "", "algorithm"},
		{"RSA as HMAC", rsa(2048) + `,"alg":"HS256"}`, "", "", "algorithm"},
		{"P-384", `{"kid":"k",` + p384 + `}`, "", "", "algorithm"},
		{"P-256 as ES512", `{"kid":"k",` + p256 + `,"alg":"ES512"}`, "", "", "algorithm"},
		{"alg none", ed + `,"alg":"none"}`, "", "", "algorithm"},
		{"Ed25519 as RS256", ed + `}`, "RS256", "", "algorithm"},
		{"X25519", `{"kid":"k","kty":"OKP","crv":"X25519","x":"` + x + `"}`, "", "", "known"},
		{"Ed25519 of 31 bytes", `{"kid":"k","kty":"OKP","crv":"Ed25519","x":"` + x[:41] + `"}`, "", "", "known"},
		{"off the curve", `{"kid":"k","kty":"EC","crv":"P-256","x":"` + x + `","y":"` + x + `"}`, "", "", "known"},
		{"unknown curve", `{"kid":"k","kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}`, "", "", "known"},
		{"oct", `{"kid":"k","kty":"oct","k":"AAAA"}`, "", "", "public"},
		{"oct in disguise", ed + `,"k":"AAAA"}`, "", "", "public"},
		{"private", ed + `,"d":"` + x + `"}`, "", "", "public"},
		{"a part of a private one", rsa(2048) + `,"alg":"RS256","qi":"AA"}`, "", "", "public"},
		{"use enc", ed + `,"use":"enc"}`, "", "", "signatures"},
		{"x twice", ed + `,"x":"` + x + `"}`, "", "", "once"},
		{"kid a number", `{"kid":1,"kty":"OKP"}`, "", "", "type"},
		{"no kty", `{"kid":"k"}`, "", "", "known"},
		{"null", `null`, "", "", "known"},
		{"text", `"x"`, "", "", "object"},
		{"nothing", ``, "", "", "object"},
		{"two", ed + `}{}`, "", "", "object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			kid, key, reason := parseJWK([]byte(c.text), c.beside)
			if (reason == "") != (c.reason == "") || !strings.Contains(reason, c.reason) {
				t.Fatalf("reason %q, want one with %q", reason, c.reason)
			}
			if reason == "" && (kid != "k" || key.algorithm != c.algorithm) {
				t.Errorf("%q for %s, want %s", kid, key.algorithm, c.algorithm)
			}
		})
	}
}

func TestParseJWKSet(t *testing.T) {
	_, first := edJWK(t)
	_, second := edJWK(t)
	one := func(kid, x string) string {
		return fmt.Sprintf(`{"kid":%q,"kty":"OKP","crv":"Ed25519","x":%q}`, kid, x)
	}
	set := `{"keys":[{"kid":"a","kty":"oct","k":"AA"},` + one("a", first) + "," + one("a", second) + "," + one("b", second) + `,{"kid":"c","kid":"c"},null,7]}`
	keys, skipped, reason, err := parseJWKSet([]byte(set))
	if err != nil || len(keys) != 2 || skipped != 5 || reason != "not a public key" {
		t.Fatalf("%d keys, %d skipped because %q, %v", len(keys), skipped, reason, err)
	}
	if public := keys["a"].key.(ed25519.PublicKey); url64(public) != first {
		t.Error("of two keys with one kid the first does not count")
	}
	for _, text := range []string{``, `{}`, `{"keys":[]}`, `{"keys":null}`, `{"keys":{}}`, `[]`, `<html>`, `{"keys":[{}]}`, set + "x", `{"keys":[` + one("", first) + `]}`} {
		if keys, _, _, err := parseJWKSet([]byte(text)); err == nil {
			t.Errorf("%.40q: %d keys", text, len(keys))
		}
	}
}

// Whatever a set says, its keys are public, named, pinned to an algorithm that is not HMAC, few, and none of
// them takes a made-up signature.
func FuzzJWKSet(f *testing.F) {
	_, x := edJWK(f)
	good := `{"kid":"a","kty":"OKP","crv":"Ed25519","x":"` + x + `"}`
	for _, one := range []string{good, `{"kid":"e",` + ecJWK(f, elliptic.P256(), "P-256") + `,"alg":"ES256"}`, `{"kid":"r","kty":"RSA","alg":"RS256","e":"AQAB","n":"` + modulus(2048) + `"}`, `{"kty":"oct","kid":"o","k":"AA","alg":"HS256"}`, `{"kid":"x","x5c":["AA"]}`} {
		f.Add([]byte(`{"keys":[` + one + `,` + good + `]}`))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, _, _, err := parseJWKSet(text)
		if (err == nil) != (len(keys) > 0) || len(keys) > maxKeys {
			t.Fatalf("%d keys and %v", len(keys), err)
		}
		for kid, key := range keys {
			if _, isHMAC := pluginAlgorithms[key.algorithm].(*jwt.SigningMethodHMAC); isHMAC || !plain(kid) || pluginAlgorithms[key.algorithm] == nil {
				t.Errorf("%q for %q", kid, key.algorithm)
			}
			if _, isBytes := key.key.([]byte); isBytes {
				t.Error("a secret key")
			}
			forged := rawJWT{header: header{Algorithm: key.algorithm}, signed: "a.b", signature: strings.Repeat("s", 64)}
			if key.verify(forged) == "" {
				t.Errorf("%s took a made-up signature", key.algorithm)
			}
		}
	})
}
