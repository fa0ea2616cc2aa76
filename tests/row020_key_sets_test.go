package tests

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Bad keys of a set are left out and the good ones count, wherever they stand.
func TestRow020_BadKeysBesideGoodOnes(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user, good := s.user(t, ""), newPluginKey(t, "EdDSA", "good")
		p384, small := newPluginKey(t, "ES384", "p384"), weakKey(t, "small", 1024)
		private, _ := json.Marshal(jose.JSONWebKey{Key: newPluginKey(t, "ES256", "").private, KeyID: "private", Algorithm: "ES256"})
		bad := []any{
			map[string]any{"kty": "oct", "kid": "oct", "alg": "HS256", "k": segment(testSecret)}, map[string]any{"kty": "oct", "kid": "good", "k": segment("x")},
			json.RawMessage(private), good.jwk(t, `{"kid":"p","p":"AA"}`), p384, small, map[string]any{"kty": "RSA", "kid": "RSA-512", "alg": "RS256", "e": "AQAB", "n": segment(strings.Repeat("\xff", 64))},
			map[string]any{"kty": "EC", "crv": "secp256k1", "kid": "k1", "x": "AA", "y": "AA", "alg": "ES256"}, map[string]any{"kty": "OKP", "crv": "X25519", "kid": "x", "x": segment(strings.Repeat("a", 32))},
			map[string]any{"kty": "EC", "crv": "P-256", "kid": "off the curve", "x": segment(strings.Repeat("a", 32)), "y": segment(strings.Repeat("a", 32)), "alg": "ES256"},
			good.jwk(t, `{"kid":"enc","use":"enc"}`), good.jwk(t, `{"kid":""}`), good.jwk(t, `{"kid":"wrong alg","alg":"ES256"}`), good.jwk(t, `{"kid":7}`),
			nil, 1, "x", []any{}, map[string]any{}, json.RawMessage(`{"kty":"OKP","kty":"OKP","kid":"twice"}`),
		}
		endpoint.publish(t, append(bad, good, newPluginKey(t, "EdDSA", "good"))...)
		if status := s.status(t, bearer(good.token(t, s, user))); status != 200 {
			t.Errorf("the good key: %d\n%s", status, s.Log)
		}
		payload := pluginPayload(s, user)
		s.refuses(t, map[string]string{
			"signed with the oct key": hs256(testSecret, `{"alg":"HS256","kid":"oct"}`, payload),
			"P-384":                   p384.sign(t, `{"alg":"ES384","kid":"p384"}`, payload), "RSA of 1024 bits": small.token(t, s, user),
			"use enc": good.sign(t, `{"alg":"EdDSA","kid":"enc"}`, payload), "alg of the key is another's": good.sign(t, `{"alg":"EdDSA","kid":"wrong alg"}`, payload),
			"private members": good.sign(t, `{"alg":"EdDSA","kid":"p"}`, payload),
		})
	})
}

// weakKey is an RSA key of fewer bits than are trusted.
func weakKey(t *testing.T, kid string, bits int) *pluginKey {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return &pluginKey{kid: kid, alg: "RS256", private: private}
}

// An endpoint that answers too much, or nonsense, costs nobody the keys that are known.
func TestRow020_HugeAnswers(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user, good := s.user(t, ""), newPluginKey(t, "EdDSA", "good")
		many := make([]any, 0, 10001)
		for range 10000 {
			many = append(many, map[string]any{"kty": "oct", "kid": "x", "k": "AA"})
		}
		endpoint.publish(t, append(many, good)...)
		if status := s.status(t, bearer(good.token(t, s, user))); status != 200 {
			t.Errorf("behind 10,000 bad keys: %d", status)
		}
		hundred := []any{}
		for range 100 {
			hundred = append(hundred, newPluginKey(t, "EdDSA", next("k")))
		}
		late := newPluginKey(t, "EdDSA", "late")
		for name, answer := range map[string]func(){
			"5 MB":       func() { endpoint.says(http.StatusOK, keySet(t, late, strings.Repeat("a", 5<<20))) },
			"5 MB space": func() { endpoint.says(http.StatusOK, keySet(t, late)+strings.Repeat(" ", 5<<20)) },
			"garbage":    func() { endpoint.says(http.StatusOK, "<html>") },
			"empty set":  func() { endpoint.publish(t) },
			"depth":      func() { endpoint.says(http.StatusOK, strings.Repeat("[", 1<<19)) },
			"an error":   func() { endpoint.says(http.StatusInternalServerError, keySet(t, late)) },
			"redirect": func() {
				endpoint.answers(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/elsewhere" {
						_, _ = w.Write([]byte(keySet(t, late)))
					} else {
						http.Redirect(w, r, "/elsewhere", http.StatusFound)
					}
				})
			},
		} {
			answer()
			s.Clock.Add(time.Minute)
			if status := s.status(t, bearer(late.token(t, s, user))); status != 503 {
				t.Errorf("%s: a key that could not be asked for: %d", name, status)
			}
			if status := s.status(t, bearer(good.token(t, s, user))); status != 200 {
				t.Errorf("%s: the known key: %d", name, status)
			}
		}
		s.Clock.Add(time.Minute)
		endpoint.publish(t, append(hundred, late)...)
		if status := s.status(t, bearer(late.token(t, s, user))); status != 401 {
			t.Errorf("the 101st good key: %d", status)
		}
	})
}
