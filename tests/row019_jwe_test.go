package tests

import (
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// What would make an encrypted cache large or slow is refused by its header, before it costs anything.
func TestRow019_HostileJWE(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		user := s.user(t, "")
		session := s.session(t, user)
		c := cacheFor(s, user, session)
		good := c.jwe(t, s, testSecret)
		if got := s.byCache(t, cookie(session), data(good)); got != "cache" {
			t.Fatalf("the good one: %s", got)
		}
		key, kid := cacheKey(t, testSecret)
		plain := c.claims(t, expiresIn(s, 5*time.Minute))
		named := func() *jose.EncrypterOptions { return (&jose.EncrypterOptions{}).WithHeader("kid", kid) }
		zip := named()
		zip.Compression = jose.DEFLATE
		bomb := c.claims(t, `,"x":"`+strings.Repeat("a", 1<<20)+`"`+expiresIn(s, 5*time.Minute))
		part := strings.Split(good, ".")
		withHeader := func(header string) string { return segment(header) + "." + strings.Join(part[1:], ".") }
		const long = `"alg":"PBES2-HS512+A256KW","p2c":2147483647,"p2s":"AAAAAAAAAAAAAAAAAAAAAA"`
		for name, value := range map[string]string{
			"zip": encrypt(t, jose.DIRECT, jose.A256CBC_HS512, key, zip, plain), "zip bomb": encrypt(t, jose.DIRECT, jose.A256CBC_HS512, key, zip, bomb),
			"PBES2": withHeader(`{` + long + `,"enc":"A256CBC-HS512","kid":"` + kid + `"}`), "PBES2 with a key": segment(`{`+long+`,"enc":"A256CBC-HS512"}`) + "." + segment("key") + "." + strings.Join(part[2:], "."),
			"A256GCM":   encrypt(t, jose.DIRECT, jose.A256GCM, key[:32], named(), plain),
			"A256KW":    encrypt(t, jose.A256KW, jose.A256CBC_HS512, key[:32], named(), plain),
			"A256GCMKW": encrypt(t, jose.A256GCMKW, jose.A256CBC_HS512, key[:32], named(), plain),
			"RSA-OAEP":  withHeader(`{"alg":"RSA-OAEP","enc":"A256CBC-HS512","kid":"` + kid + `"}`), "alg none": withHeader(`{"alg":"none","enc":"A256CBC-HS512","kid":"` + kid + `"}`),
			"another kid": c.jwe(t, s, "another secret, also of more than 32 characters"), "kid empty": withHeader(`{"alg":"dir","enc":"A256CBC-HS512","kid":""}`),
			"another secret under our kid": encrypt(t, jose.DIRECT, jose.A256CBC_HS512, make([]byte, 64), named(), plain),
			"crit":                         withHeader(`{"alg":"dir","enc":"A256CBC-HS512","kid":"` + kid + `","crit":["x"],"x":1}`), "alg twice": withHeader(`{"alg":"PBES2-HS512+A256KW","alg":"dir","enc":"A256CBC-HS512","kid":"` + kid + `"}`),
			"tag cut": good[:len(good)-2], "tag changed": strings.Join(part[:4], ".") + "." + strings.Repeat("A", len(part[4])), "an encrypted key": part[0] + ".AAAA." + strings.Join(part[2:], "."),
			"six parts": good + ".x", "empty parts": "....", "JSON form": segment("{") + "....", "no times": encrypt(t, jose.DIRECT, jose.A256CBC_HS512, key, named(), c.text(t)), "no JSON": encrypt(t, jose.DIRECT, jose.A256CBC_HS512, key, named(), "x"),
			"expired": encrypt(t, jose.DIRECT, jose.A256CBC_HS512, key, named(), c.claims(t, expiresIn(s, -time.Second))), "depth": encrypt(t, jose.DIRECT, jose.A256CBC_HS512, key, named(), strings.Repeat(`[`, 9000)),
		} {
			if got := s.byCache(t, cookie(session), data(value)); got != "row" {
				t.Errorf("%s: %s", name, got)
			}
			if took := s.fastest(t, cookie(session), data(value)); took > 5*time.Millisecond {
				t.Errorf("%s took %v", name, took)
			}
		}
		if got := s.byCache(t, cookie(session), data(encrypt(t, jose.DIRECT, jose.A256CBC_HS512, key, nil, plain))); got != "cache" {
			t.Errorf("without kid, as older versions wrote: %s", got)
		}
	}, "COOKIE_CACHE=on")
}

// fastest is the shortest of several times that GET /api/me took: the machine may be busy, the work is never less.
func (s *server) fastest(t *testing.T, headers ...string) time.Duration {
	t.Helper()
	fastest := time.Hour
	for range 10 {
		begin := time.Now()
		s.do(t, "GET", "/api/me", "", headers...)
		fastest = min(fastest, time.Since(begin))
	}
	return fastest
}
