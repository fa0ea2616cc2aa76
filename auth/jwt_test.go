package auth

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// jwtNow is the moment at which the tokens of these tests are checked.
var jwtNow = time.Unix(1_800_000_000, 500_000_000)

const goodHeader = `{"alg":"HS256","typ":"JWT"}`

func b64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// forge signs any bytes as a header and a payload.
func forge(t testing.TB, algorithm, header, payload string) string {
	t.Helper()
	text := b64(header) + "." + b64(payload)
	signature, err := jwt.GetSigningMethod(algorithm).Sign(text, testSecret)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + b64(string(signature))
}

// checked takes a token through both steps, as a verifier for HS256 does.
func checked(token string) (claims, string) {
	raw, reason := splitJWT(token)
	if reason != "" {
		return claims{}, reason
	}
	return sharedSecretJWT(raw, "HS256", testSecret, jwtNow)
}

func TestSplitJWT(t *testing.T) {
	good := forge(t, "HS256", goodHeader, `{}`)
	part := strings.Split(good, ".")
	for _, c := range []struct{ name, token, reason string }{
		{"good", good, ""},
		{"unknown header members", forge(t, "HS256", `{"alg":"HS256","cty":"x"}`, `{}`), ""},
		{"nothing", "", "not three parts"},
		{"one part", part[0], "not three parts"},
		{"two parts", part[0] + "." + part[1], "not three parts"},
		{"four parts", good + "." + part[2], "not three parts"},
		{"five parts", good + "..", "not three parts"},
		{"empty parts", "..", "not three parts"},
		{"empty header", "." + part[1] + "." + part[2], "not three parts"},
		{"empty payload", part[0] + ".." + part[2], "not three parts"},
		{"empty signature", part[0] + "." + part[1] + ".", "not three parts"},
		{"9 KB", part[0] + "." + strings.Repeat("A", 9<<10) + "." + part[2], "too long"},
		{"padding", part[0] + "=." + part[1] + "." + part[2], "base64url"},
		{"standard alphabet", part[0] + "." + part[1] + ".+/+/", "base64url"},
		{"line break", part[0] + "." + part[1] + "." + part[2][:10] + "\n" + part[2][10:], "base64url"},
		{"line break at the end", good + "\r\n", "base64url"},
		{"one digit", part[0] + "." + part[1] + ".A", "base64url"},
		{"bits after the end", part[0] + "." + part[1] + ".AB", "base64url"},
		{"header a list", forge(t, "HS256", `["HS256"]`, `{}`), "header"},
		{"header no JSON", forge(t, "HS256", `alg`, `{}`), "header"},
		{"header empty text", forge(t, "HS256", ` `, `{}`), "header"},
		{"header with text after it", forge(t, "HS256", goodHeader+"x", `{}`), "header"},
		{"header after a byte order mark", forge(t, "HS256", "\ufeff"+goodHeader, `{}`), "header"},
		{"header of invalid UTF-8", forge(t, "HS256", "{\"alg\":\"HS256\",\"kid\":\"\xff\"}", `{}`), "header"},
		{"alg twice", forge(t, "HS256", `{"alg":"none","alg":"HS256"}`, `{}`), "header"},
		{"alg twice, once escaped", forge(t, "HS256", `{"alg":"none","\u0061lg":"HS256"}`, `{}`), "header"},
		{"an unknown member twice", forge(t, "HS256", `{"alg":"HS256","x":1,"x":1}`, `{}`), "header"},
		{"alg no text", forge(t, "HS256", `{"alg":256}`, `{}`), "header"},
		{"crit", forge(t, "HS256", `{"alg":"HS256","crit":["x"],"x":1}`, `{}`), "crit"},
		{"crit, empty", forge(t, "HS256", `{"alg":"HS256","crit":[]}`, `{}`), "crit"},
		{"crit, null", forge(t, "HS256", `{"alg":"HS256","crit":null}`, `{}`), "crit"},
		{"b64", forge(t, "HS256", `{"alg":"HS256","b64":false}`, `{}`), "b64"},
		{"b64 true", forge(t, "HS256", `{"alg":"HS256","b64":true}`, `{}`), "b64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, reason := splitJWT(c.token); (reason == "") != (c.reason == "") || !strings.Contains(reason, c.reason) {
				t.Errorf("reason %q, want one with %q", reason, c.reason)
			}
		})
	}
}

func TestSharedSecretJWTHeader(t *testing.T) {
	payload := fmt.Sprintf(`{"sub":"u","exp":%d}`, jwtNow.Unix()+60)
	for _, c := range []struct{ name, token, reason string }{
		{"good", forge(t, "HS256", goodHeader, payload), ""},
		{"no typ", forge(t, "HS256", `{"alg":"HS256"}`, payload), ""},
		{"typ in another case", forge(t, "HS256", `{"alg":"HS256","typ":"jwt"}`, payload), ""},
		{"typ of an access token (RFC 9068)", forge(t, "HS256", `{"alg":"HS256","typ":"at+jwt"}`, payload), ""},
		{"typ of a cookie cache", forge(t, "HS256", `{"alg":"HS256","typ":"better-auth.session-cache+jwt"}`, payload), "typ"},
		{"algorithm of the family, not the setting's", forge(t, "HS512", `{"alg":"HS512"}`, payload), "alg"},
		{"HS256 in the header, HS512 in the signature", forge(t, "HS512", goodHeader, payload), "signature"},
		{"alg in another case", forge(t, "HS256", `{"alg":"hs256"}`, payload), "alg"},
		{"alg missing", forge(t, "HS256", `{}`, payload), "alg"},
		{"alg none", forge(t, "HS256", `{"alg":"none"}`, payload), "alg"},
		{"signature of one byte", b64(goodHeader) + "." + b64(payload) + "." + b64("x"), "signature"},
		{"signature by another key", b64(goodHeader) + "." + b64(payload) + "." + b64(string(mac([]byte("another"), b64(goodHeader)+"."+b64(payload)))), "signature"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, reason := checked(c.token); (reason == "") != (c.reason == "") || !strings.Contains(reason, c.reason) {
				t.Errorf("reason %q, want one with %q", reason, c.reason)
			}
		})
	}
}

// A setting that names no HMAC must never make anything verify.
func TestSharedSecretJWTWantsHMAC(t *testing.T) {
	for _, algorithm := range []string{"", "none", "RS256", "EdDSA", "hs256"} {
		token := b64(fmt.Sprintf(`{"alg":%q}`, algorithm)) + "." + b64(`{"sub":"u","exp":1800000060}`) + "." + b64("x")
		raw, reason := splitJWT(token)
		if reason != "" {
			t.Fatal(reason)
		}
		if _, reason := sharedSecretJWT(raw, algorithm, testSecret, jwtNow); !strings.Contains(reason, "alg") {
			t.Errorf("%q: %q", algorithm, reason)
		}
	}
}

func TestClaims(t *testing.T) {
	const at = 1_800_000_000 // jwtNow is half a second later
	with := func(more string) string { return fmt.Sprintf(`{"sub":"u","exp":%d%s}`, at+60, more) }
	for _, c := range []struct{ name, payload, reason string }{
		{"least", with(""), ""},
		{"all", with(`,"type":"access","jti":"j","sid":"s","iat":1799999990,"nbf":1799999990,"role":"admin"`), ""},
		{"null is missing", with(`,"iat":null,"nbf":null,"sid":null`), ""},
		{"fraction of a second left", fmt.Sprintf(`{"sub":"u","exp":%d.6}`, at), ""},
		{"iat within the skew", with(`,"iat":1800000030`), ""},
		{"nbf within the skew", with(`,"nbf":1800000030`), ""},
		{"longest sub", fmt.Sprintf(`{"sub":%q,"exp":%d}`, strings.Repeat("a", 255), at+60), ""},

		{"exp missing", `{"sub":"u"}`, "exp"},
		{"exp null", `{"sub":"u","exp":null}`, "exp"},
		{"exp text", `{"sub":"u","exp":"1800000060"}`, "claims"},
		{"exp a list", `{"sub":"u","exp":[1800000060]}`, "claims"},
		{"exp 0", `{"sub":"u","exp":0}`, "expired"},
		{"exp negative", `{"sub":"u","exp":-1800000060}`, "expired"},
		{"exp now", `{"sub":"u","exp":1800000000.5}`, "expired"},
		{"exp a moment ago", `{"sub":"u","exp":1800000000}`, "expired"},
		{"exp beyond 2^53", `{"sub":"u","exp":9007199254740994}`, "exp"},
		{"exp beyond float64", `{"sub":"u","exp":1e999}`, "claims"},
		{"exp NaN", `{"sub":"u","exp":NaN}`, "claims"},
		{"exp twice", `{"sub":"u","exp":1,"exp":1800000060}`, "claims"},
		{"iat an hour ahead", with(`,"iat":1800003600`), "iat"},
		{"iat beyond 2^53", with(`,"iat":-1e300`), "iat"},
		{"iat text", with(`,"iat":"1"`), "claims"},
		{"nbf an hour ahead", with(`,"nbf":1800003600`), "nbf"},
		{"sub missing", `{"exp":1800000060}`, "sub"},
		{"sub empty", `{"sub":"","exp":1800000060}`, "sub"},
		{"sub null", `{"sub":null,"exp":1800000060}`, "sub"},
		{"sub a number", `{"sub":1,"exp":1800000060}`, "claims"},
		{"sub a list", `{"sub":["u"],"exp":1800000060}`, "claims"},
		{"sub with NUL", `{"sub":"u\u0000","exp":1800000060}`, "sub"},
		{"sub of 256 bytes", fmt.Sprintf(`{"sub":%q,"exp":1800000060}`, strings.Repeat("a", 256)), "sub"},
		{"sub in another case", `{"SUB":"u","exp":1800000060}`, "sub"},
		{"sid with NUL", with(`,"sid":"s\u0000"`), "sid"},
		{"sid a number", with(`,"sid":1`), "claims"},
		{"type a number", with(`,"type":1`), "claims"},
		{"unknown member twice", with(`,"x":1,"x":1`), "claims"},
		{"text after it", with("") + "x", "claims"},
		{"two objects", with("") + with(""), "claims"},
		{"byte order mark", "\ufeff" + with(""), "claims"},
		{"invalid UTF-8", with(",\"x\":\"\xff\""), "claims"},
		{"a list", `[` + with("") + `]`, "claims"},
		{"null", `null`, "exp"},
		{"no JSON", `sub=u`, "claims"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, reason := checked(forge(t, "HS256", goodHeader, c.payload))
			if (reason == "") != (c.reason == "") || !strings.Contains(reason, c.reason) {
				t.Errorf("reason %q, want one with %q", reason, c.reason)
			}
			if reason == "" && got.Subject == "" {
				t.Error("accepted without a subject")
			}
		})
	}
}

// Whatever is accepted, golang-jwt accepts too when it is told the one algorithm; and it names a user and
// has an end that is ahead. Header and payload are the fuzzer's, so that it need not find an HMAC.
func FuzzSharedSecretJWT(f *testing.F) {
	good := fmt.Sprintf(`{"sub":"u","type":"access","iat":%d,"exp":%d}`, jwtNow.Unix(), jwtNow.Unix()+60)
	for _, header := range []string{goodHeader, `{"alg":"none"}`, `{"alg":"HS256","crit":["b64"],"b64":false}`, `{"alg":"HS256","alg":"none"}`, `[]`} {
		f.Add(header, good, "")
	}
	for _, payload := range []string{`{}`, `{"sub":"u","exp":1e16}`, `{"sub":"u","exp":1800000060,"nbf":-1e308}`, `{"sub":"u","exp":"1800000060"}`, "\ufeff" + good, good + " ", `null`} {
		f.Add(goodHeader, payload, "")
	}
	f.Add(goodHeader, good, "=")
	f.Add(goodHeader, good, ".")
	f.Fuzz(func(t *testing.T, header, payload, tail string) {
		token := forge(t, "HS256", header, payload) + tail
		c, reason := checked(token)
		if reason != "" {
			return
		}
		if c.ExpiresAt == nil || *c.ExpiresAt*1000 <= float64(jwtNow.UnixMilli()) || !plain(c.Subject) {
			t.Fatalf("accepted %+v", c)
		}
		parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithStrictDecoding(), jwt.WithExpirationRequired(),
			jwt.WithIssuedAt(), jwt.WithLeeway(clockSkew), jwt.WithTimeFunc(func() time.Time { return jwtNow }))
		again, err := parser.Parse(token, func(*jwt.Token) (any, error) { return testSecret, nil })
		if err != nil {
			t.Fatalf("golang-jwt refuses %s %s: %v", header, payload, err)
		}
		if subject, _ := again.Claims.GetSubject(); subject != c.Subject {
			t.Fatalf("golang-jwt reads another subject, %q for %q", subject, c.Subject)
		}
	})
}
