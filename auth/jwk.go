package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"
)

// maxKeys is how many keys of one set are kept; Better Auth publishes one, and for a time its predecessors.
const maxKeys = 100

// pluginAlgorithms are those that Better Auth's JWT plugin signs with. HMAC is none of them: whoever knows a
// public key could sign with it.
var pluginAlgorithms = map[string]jwt.SigningMethod{
	"EdDSA": jwt.SigningMethodEdDSA, "Ed25519": jwt.SigningMethodEdDSA,
	"ES256": jwt.SigningMethodES256, "ES512": jwt.SigningMethodES512,
	"RS256": jwt.SigningMethodRS256, "PS256": jwt.SigningMethodPS256,
}

// namesKey says whether a header names a key that the JWT plugin may have.
func (h *header) namesKey() (reason string) {
	switch {
	case pluginAlgorithms[h.Algorithm] == nil:
		return "alg is none that Better Auth signs with"
	case !plain(h.KeyID):
		return "kid is missing or not an id"
	}
	return ""
}

// publicKey checks signatures by its one algorithm; a token's header does not get to choose another.
type publicKey struct {
	algorithm string
	key       any
}

// verify says whether a token is signed by the key.
func (k *publicKey) verify(t rawJWT) (reason string) {
	if t.header.Algorithm != k.algorithm {
		return "alg is not that of the key"
	}
	if pluginAlgorithms[k.algorithm].Verify(t.signed, []byte(t.signature), k.key) != nil {
		return "signature does not match the key of its kid"
	}
	return ""
}

// jwk is what is looked at of a JSON Web Key (RFC 7517) before its numbers are read. The members from K on
// belong to private and secret keys.
type jwk struct {
	ID         string         `json:"kid"`
	Type       string         `json:"kty"`
	Algorithm  string         `json:"alg"`
	Use        string         `json:"use"`
	Operations []string       `json:"key_ops"`
	K          jsontext.Value `json:"k"`
	D          jsontext.Value `json:"d"`
	P          jsontext.Value `json:"p"`
	Q          jsontext.Value `json:"q"`
	DP         jsontext.Value `json:"dp"`
	DQ         jsontext.Value `json:"dq"`
	QI         jsontext.Value `json:"qi"`
	Others     jsontext.Value `json:"oth"`
}

func (k *jwk) isPrivate() bool {
	for _, v := range []jsontext.Value{k.K, k.D, k.P, k.Q, k.DP, k.DQ, k.QI, k.Others} {
		if v != nil {
			return true
		}
	}
	return false
}

// parseJWK reads one public key. The algorithm is what stands beside the key and counts when the key itself
// names none, as where Better Auth keeps it in a column. The reason is empty when the key can be used.
func parseJWK(text []byte, algorithm string) (kid string, key *publicKey, reason string) {
	var head jwk
	if err := json.Unmarshal(text, &head); err != nil {
		return "", nil, "not one JSON object with each member once and of its type"
	}
	switch {
	case head.Type == "oct" || head.isPrivate():
		return head.ID, nil, "not a public key"
	case head.Use != "" && head.Use != "sig":
		return head.ID, nil, "not for signatures"
	}
	var parsed jose.JSONWebKey
	if err := parsed.UnmarshalJSON(text); err != nil {
		return head.ID, nil, "its numbers, its curve or its type are not those of a key that is known"
	}
	if head.Algorithm != "" {
		algorithm = head.Algorithm
	}
	algorithm, reason = checkKey(parsed.Key, algorithm)
	return head.ID, &publicKey{algorithm, parsed.Key}, reason
}

// checkKey gives the one algorithm of a key. An RSA key must name it, since two are possible; of the others it
// follows from the curve.
func checkKey(key any, algorithm string) (string, string) {
	var possible []string
	switch k := key.(type) {
	case ed25519.PublicKey:
		possible = []string{"EdDSA", "Ed25519"}
	case *ecdsa.PublicKey:
		possible = map[string][]string{"P-256": {"ES256"}, "P-521": {"ES512"}}[k.Params().Name]
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < 2048 || bits > 4096 {
			return "", "an RSA key of fewer than 2048 or more than 4096 bits"
		}
		possible = []string{"RS256", "PS256"}
		if algorithm == "" {
			return "", "an RSA key that does not say whether it is for RS256 or PS256"
		}
	}
	for _, a := range possible {
		if algorithm == "" || algorithm == a {
			return a, ""
		}
	}
	return "", "not a key of its algorithm, or of one that Better Auth does not use"
}

// parseJWKSet reads a key set (RFC 7517, section 5): bad keys are left out, and of several with one kid all
// but the first good one. The first reason of those that were left out is for the log.
func parseJWKSet(text []byte) (keys map[string]*publicKey, skipped int, reason string, err error) {
	var set struct {
		Keys []jsontext.Value `json:"keys"`
	}
	// A member that stands twice in one key must not cost the others; parseJWK looks for itself.
	if err := json.Unmarshal(text, &set, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, 0, "", errors.New("the answer is not a JSON Web Key Set")
	}
	keys = map[string]*publicKey{}
	for _, one := range set.Keys {
		kid, key, why := parseJWK(one, "")
		switch {
		case why == "" && len(keys) == maxKeys:
			why = "more keys than are looked at"
		case why == "" && !plain(kid):
			why = "no kid"
		case why == "" && keys[kid] != nil:
			why = "a kid that stands twice"
		}
		if why == "" {
			keys[kid] = key
			continue
		}
		if skipped++; reason == "" {
			reason = why
		}
	}
	if len(keys) == 0 {
		err = errors.New("the answer has no key that can be used")
	}
	return keys, skipped, reason, err
}
