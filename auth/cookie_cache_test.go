package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/models"
)

var (
	cacheNow    = time.UnixMilli(1_800_000_000_000)
	cacheSecret = []byte("a secret for caches, of more than 32 characters")
)

// signedCompact writes a compact cache as JavaScript does: members in their order, the signature over session
// with expiresAt as its last member.
func signedCompact(secret []byte, session string, expires int64) string {
	h := hmac.New(sha256.New, secret)
	fmt.Fprintf(h, `%s,"expiresAt":%d}`, strings.TrimSuffix(session, "}"), expires)
	return url64(fmt.Appendf(nil, `{"session":%s,"expiresAt":%d,"signature":%q}`, session, expires, url64(h.Sum(nil))))
}

func TestOpenCompactCache(t *testing.T) {
	const session = `{"user":{"name":"Quote \" \\ <&> ` + "\u2028" + `é"},"version":"1"}`
	const later = 1_800_000_000_001
	good := signedCompact(cacheSecret, session, later)
	form := func(text string) string { return url64([]byte(text)) }
	for _, c := range []struct{ name, value, reason string }{
		{"good", good, ""},
		{"at its end", signedCompact(cacheSecret, session, later-1), "expired"},
		{"another secret", signedCompact([]byte("x"), session, later), "signature"},
		{"padding", good + "=", "base64url"},
		{"empty", "", "form"},
		{"no object", form(`[]`), "form"},
		{"session a text", form(`{"session":"x","expiresAt":1,"signature":"x"}`), "form"},
		{"session empty", form(`{"session":{},"expiresAt":1800000000001,"signature":"x"}`), "signature"},
		{"no expiresAt", form(`{"session":{"a":1},"signature":"x"}`), "form"},
		{"expiresAt a text", form(`{"session":{"a":1},"expiresAt":"1","signature":"x"}`), "form"},
		{"more members", form(`{"session":{"a":1},"expiresAt":1,"signature":"x","x":1}`), "form"},
		{"session twice", form(`{"session":{"a":1},"session":{"a":1},"expiresAt":1,"signature":"x"}`), "form"},
		{"a fraction of a millisecond", signedText(`{"a":1}`, "1800000000001.5"), "expired"},
		{"an exponent", signedText(`{"a":1}`, "1.9e12"), "expired"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, reason := openCompactCache(cacheSecret, c.value, cacheNow)
			if (reason == "") != (c.reason == "") || !strings.Contains(reason, c.reason) {
				t.Fatalf("reason %q, want one with %q", reason, c.reason)
			}
			if reason == "" && string(text) != session {
				t.Errorf("%s", text)
			}
		})
	}
}

func signedText(session, expires string) string {
	signature := mac(cacheSecret, strings.TrimSuffix(session, "}")+`,"expiresAt":`+expires+"}")
	return url64([]byte(`{"session":` + session + `,"expiresAt":` + expires + `,"signature":"` + url64(signature) + `"}`))
}

// Nothing opens but what was signed: the fuzzer chooses the text, the secret signs the seeds only.
func FuzzCompactCache(f *testing.F) {
	const session, expires = `{"session":{"token":"t"},"user":{"id":"u"},"version":"1"}`, 1_800_000_000_001
	raw := fmt.Sprintf(`{"session":%s,"expiresAt":%d,"signature":"%s"}`, session, expires,
		url64(mac(cacheSecret, strings.TrimSuffix(session, "}")+fmt.Sprintf(`,"expiresAt":%d}`, expires))))
	f.Add([]byte(raw))
	for _, change := range [][2]string{{"u", "v"}, {"{", "{ "}, {`"t"`, `"\u0074"`}, {"001", "002"}, {`"version":"1"}`, `"version":"1","expiresAt":1}`}, {"session", "\u0073ession"}} {
		f.Add([]byte(strings.Replace(raw, change[0], change[1], 1)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		opened, reason := openCompactCache(cacheSecret, url64(text), cacheNow)
		if reason == "" && string(opened) != session {
			t.Errorf("opened %q", opened)
		}
	})
}

func encrypted(t testing.TB, keys CacheKeys, text string) string {
	t.Helper()
	o := (&jose.EncrypterOptions{}).WithHeader("kid", keys[0].id)
	e, err := jose.NewEncrypter(jose.A256CBC_HS512, jose.Recipient{Algorithm: jose.DIRECT, Key: keys[0].key}, o)
	if err != nil {
		t.Fatal(err)
	}
	object, err := e.Encrypt([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	value, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// Nothing opens but what was encrypted, however the parts are cut and joined.
func FuzzJWECache(f *testing.F) {
	keys, err := NewCacheKeys(models.Secret(cacheSecret), "another", models.Secret(cacheSecret))
	if err != nil || len(keys) != 2 {
		f.Fatalf("%d keys, %v", len(keys), err)
	}
	const text = `{"session":{},"user":{},"iat":1800000000,"exp":1800000300}`
	good := encrypted(f, keys, text)
	f.Add(good)
	f.Add(encrypted(f, keys[1:], text))
	for _, h := range []string{`{"alg":"dir","enc":"A256CBC-HS512"}`, `{"alg":"dir","enc":"A256CBC-HS512","zip":"DEF"}`, `{"alg":"PBES2-HS512+A256KW","enc":"A256CBC-HS512","p2c":1e9,"p2s":"AA"}`, `{"alg":"dir","enc":"A256GCM"}`} {
		f.Add(url64([]byte(h)) + good[strings.IndexByte(good, '.'):])
	}
	f.Add("....")
	f.Fuzz(func(t *testing.T, value string) {
		if strings.Count(value, ".") != 4 || len(value) > maxCookieCache {
			t.Skip() // not this strategy's form
		}
		begin := time.Now()
		opened, reason := keys.open(value, cacheNow)
		if reason == "" && string(opened) != text {
			t.Errorf("opened %q", opened)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// The rows of a cache come out as the store would give them.
func TestCachedRows(t *testing.T) {
	const text = `{"session":{"id":"s","token":"t","userId":"u","expiresAt":"2027-01-15T08:00:00.123Z","createdAt":"2027-01-08T08:00:00.000Z","updatedAt":"2027-01-08T08:00:00.000Z","ipAddress":"","userAgent":null,"impersonatedBy":"a","extra":1},
		"user":{"id":"u","name":"N","email":"e","emailVerified":true,"image":null,"createdAt":"2027-01-08T10:00:00+02:00","updatedAt":"2027-01-08T08:00:00.000Z","role":"a,b","banned":true,"banReason":"r","banExpires":"2027-01-09T08:00:00.000Z","twoFactorEnabled":true},"updatedAt":1}`
	var c cached
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	u, s := c.user(), c.session()
	if u.ID != "u" || u.Name != "N" || u.Email != "e" || !u.EmailVerified || u.Image != nil || *u.Role != "a,b" || !*u.Banned || *u.BanReason != "r" || !*u.TwoFactorEnabled {
		t.Errorf("%+v", u)
	}
	if u.CreatedAt != time.Date(2027, 1, 8, 8, 0, 0, 0, time.UTC) || !u.BanExpires.Equal(u.CreatedAt.AddDate(0, 0, 1)) {
		t.Errorf("%v, %v", u.CreatedAt, u.BanExpires)
	}
	if s.ID != "s" || s.Token.Reveal() != "t" || s.UserID != "u" || *s.IPAddress != "" || s.UserAgent != nil || *s.ImpersonatedBy != "a" || s.ExpiresAt.Nanosecond() != 123_000_000 {
		t.Errorf("%+v", s)
	}
}
