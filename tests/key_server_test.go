package tests

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// pluginIssuer is the Better Auth of the tests that need none: only its origin counts.
const pluginIssuer = "http://auth.example.com"

// pluginKey is a key pair as Better Auth's JWT plugin keeps one.
type pluginKey struct {
	kid, alg string
	private  crypto.Signer
}

// newPluginKey makes a key for an algorithm; RSA ones are made once for each kid and size, since they take long.
func newPluginKey(t *testing.T, alg, kid string) *pluginKey {
	t.Helper()
	k := &pluginKey{kid: kid, alg: alg}
	var err error
	switch alg {
	case "EdDSA", "Ed25519":
		_, k.private, err = ed25519.GenerateKey(rand.Reader)
	case "ES256":
		k.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		k.private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		k.private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	default:
		k.private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// jwk is the public half as Better Auth publishes it; more members come after, and replace.
func (k *pluginKey) jwk(t *testing.T, more ...string) map[string]any {
	t.Helper()
	text, err := jose.JSONWebKey{Key: k.private.Public(), KeyID: k.kid, Algorithm: k.alg}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	members := map[string]any{}
	for _, m := range append([]string{string(text)}, more...) {
		if err := json.Unmarshal([]byte(m), &members); err != nil {
			t.Fatal(err)
		}
	}
	return members
}

// sign signs any bytes as header and payload, as no library would.
func (k *pluginKey) sign(t *testing.T, header, payload string) string {
	t.Helper()
	method := jwt.GetSigningMethod(k.alg)
	if k.alg == "Ed25519" {
		method = jwt.SigningMethodEdDSA
	}
	text := segment(header) + "." + segment(payload)
	signature, err := method.Sign(text, k.private)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + segment(string(signature))
}

func (k *pluginKey) header() string { return fmt.Sprintf(`{"alg":%q,"kid":%q}`, k.alg, k.kid) }

// token is a good token of a user; more members, `,"a":1`, come after its claims.
func (k *pluginKey) token(t *testing.T, s *server, user string, more ...string) string {
	t.Helper()
	return k.sign(t, k.header(), pluginPayload(s, user, more...))
}

// pluginPayload is what Better Auth writes by default: the user's columns and the claims.
func pluginPayload(s *server, user string, more ...string) string {
	now := s.Clock.Now()
	return fmt.Sprintf(`{"iat":%d,"name":"N","email":"%s@example.com","emailVerified":true,"image":null,"role":"admin","banned":false,"id":%[2]q,"sub":%[2]q,"exp":%d,"iss":%q,"aud":%[4]q%s}`,
		now.Unix(), user, now.Add(15*time.Minute).Unix(), pluginIssuer, strings.Join(more, ""))
}

func segment(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// hs256 signs any bytes with HMAC-SHA256 under any key.
func hs256(key, header, payload string) string {
	text := segment(header) + "." + segment(payload)
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return text + "." + segment(string(h.Sum(nil)))
}

// keyServer is a JWKS endpoint that counts how often it is asked.
type keyServer struct {
	*httptest.Server
	fetches atomic.Int64
	mu      sync.Mutex
	answer  http.HandlerFunc
}

func newKeyServer(t *testing.T) *keyServer {
	t.Helper()
	k := &keyServer{}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.fetches.Add(1)
		k.mu.Lock()
		answer := k.answer
		k.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(k.Close)
	k.publish(t)
	return k
}

// answers says what the endpoint does from now on.
func (k *keyServer) answers(f http.HandlerFunc) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.answer = f
}

// says makes the endpoint answer with a text.
func (k *keyServer) says(status int, text string) {
	k.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	})
}

// publish makes the endpoint answer with keys: *pluginKey, or any JSON value.
func (k *keyServer) publish(t *testing.T, keys ...any) { k.says(http.StatusOK, keySet(t, keys...)) }

func keySet(t *testing.T, keys ...any) string {
	t.Helper()
	all := make([]any, len(keys))
	for i, key := range keys {
		all[i] = key
		if pair, ok := key.(*pluginKey); ok {
			all[i] = pair.jwk(t)
		}
	}
	text, err := json.Marshal(map[string]any{"keys": all})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// onEachWithKeys is onEach beside a JWKS endpoint, with Better Auth's address set.
func onEachWithKeys(t *testing.T, f func(t *testing.T, s *server, k *keyServer), settings ...string) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKeyServer(t)
			f(t, start(t, url(t), append([]string{"BETTER_AUTH_URL=" + pluginIssuer, "BETTER_AUTH_JWKS_URL=" + k.URL}, settings...)...), k)
		})
	}
}

// withKeyTable makes the JWT plugin's table, as Better Auth's migration does, with keys in it, and starts the
// program again: names are found once.
func withKeyTable(t *testing.T, s *server, settings []string, keys ...*pluginKey) *server {
	t.Helper()
	date := "date"
	if !strings.HasPrefix(s.URL, "sqlite:") {
		date = "timestamptz"
	}
	s.exec(t, `create table "jwks" ("id" text not null primary key, "publicKey" text not null, "privateKey" text not null, "createdAt" `+date+` not null, "expiresAt" `+date+`, "alg" text, "crv" text)`)
	for _, k := range keys {
		public := k.jwk(t)
		delete(public, "kid")
		delete(public, "alg")
		text, _ := json.Marshal(public)
		s.exec(t, `INSERT INTO "jwks" (id, "publicKey", "privateKey", "createdAt", alg) VALUES ($1, $2, 'sealed', $3, $4)`, k.kid, string(text), iso(s.Clock.Now()), k.alg)
	}
	again := start(t, s.URL, settings...)
	again.Clock.Set(s.Clock.Now())
	return again
}

// status is that of GET /api/me.
func (s *server) status(t *testing.T, headers ...string) int {
	t.Helper()
	return s.do(t, "GET", "/api/me", "", headers...).Status
}

// refuses sends bearer tokens to GET /api/me: each is 401 and none is in the log.
func (s *server) refuses(t *testing.T, tokens map[string]string) {
	t.Helper()
	for name, token := range tokens {
		t.Run(name, func(t *testing.T) {
			if a := s.do(t, "GET", "/api/me", "", bearer(token)); a.Status != 401 || a.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("status %d: %s", a.Status, a.Body)
			}
		})
	}
	for name, token := range tokens {
		if len(token) > 30 && strings.Contains(s.Log.String(), token) {
			t.Errorf("the token %s is in the log", name)
		}
	}
}
