package auth

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

var testSecret = []byte("a secret of the tests, longer than 32 characters")

// sign is Better Auth's own rule, written down a second time.
func sign(secret []byte, token string) string {
	return token + "." + base64.StdEncoding.EncodeToString(mac(secret, token))
}

// awkward is a token whose signature has both characters that the URL alphabet replaces.
func awkward(t testing.TB) string {
	t.Helper()
	for {
		token := randomText(32)
		if s := sign(testSecret, token); strings.Contains(s, "+") && strings.Contains(s, "/") {
			return token
		}
	}
}

func TestUnsign(t *testing.T) {
	token := awkward(t)
	good := sign(testSecret, token)
	dot := strings.LastIndexByte(good, '.')
	for _, c := range []struct{ name, value, token string }{
		{"as Better Auth sets it", url.QueryEscape(good), token},
		{"not encoded", good, token},
		{"a token with a dot is split at the last", sign(testSecret, "a.b"), "a.b"},
		{"every byte encoded", strings.ReplaceAll(url.QueryEscape(good), "a", "%61"), token},

		{"nothing", "", ""},
		{"token alone", token, ""},
		{"empty signature", token + ".", ""},
		{"signature alone", good[dot:], ""},
		{"empty token, signed", sign(testSecret, ""), ""},
		{"42 characters", good[:len(good)-2], ""},
		{"43 characters", good[:len(good)-1], ""},
		{"45 characters", good + "=", ""},
		{"44 characters without padding", good[:len(good)-1] + "A", ""},
		{"URL alphabet", strings.NewReplacer("+", "-", "/", "_").Replace(good), ""},
		{"spaces for plus signs", strings.ReplaceAll(good, "+", " "), ""},
		{"encoded twice", url.QueryEscape(url.QueryEscape(good)), ""},
		{"other secret", sign([]byte("another"), token), ""},
		{"other token", token[1:] + "x" + good[dot:], ""},
		{"other case", strings.ToUpper(token) + good[dot:], ""},
		{"percent sign that decodes to nothing", "%ZZ" + good, ""},
		{"line break in the signature", good[:dot+20] + "\n" + good[dot+21:], ""},
		{"NUL in a signed token", sign(testSecret, token+"\x00"), ""},
		{"space in a signed token", sign(testSecret, "a b"), ""},
		{"not ASCII in a signed token", sign(testSecret, "é"), ""},
		{"a signed token of 256 bytes", sign(testSecret, strings.Repeat("a", 256)), ""},
		{"4 KB", sign(testSecret, strings.Repeat("a", 4<<10)), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, reason := unsign(testSecret, c.value)
			if got.Reveal() != c.token || (reason == "") != (c.token != "") {
				t.Errorf("token %q, reason %q; want %q", got.Reveal(), reason, c.token)
			}
			if c.token == "" && (strings.Contains(reason, token) || strings.Contains(reason, string(testSecret))) {
				t.Errorf("the reason has the credential: %q", reason)
			}
		})
	}
}

// The last base64 digit of 32 bytes carries four bits only: seventeen texts would decode to the same bytes.
func TestUnsignTakesOneSpellingOfASignature(t *testing.T) {
	good := sign(testSecret, "token")
	accepted := 0
	for _, digit := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		if _, reason := unsign(testSecret, good[:len(good)-2]+string(digit)+"="); reason == "" {
			accepted++
		}
	}
	if accepted != 1 {
		t.Errorf("%d spellings are accepted, want 1", accepted)
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]bool{
		"a": true, "!~": true, strings.Repeat("a", 255): true,
		"": false, strings.Repeat("a", 256): false, "a b": false, "a\x00": false, "\x7f": false, "é": false, "\n": false,
	} {
		if plain(text) != want {
			t.Errorf("plain(%q) = %v", text, !want)
		}
	}
}

// Whatever is accepted is, after one percent-decoding, token.base64(HMAC of the token): nothing else counts
// as signed, whatever it looks like.
func FuzzUnsign(f *testing.F) {
	good := sign(testSecret, "KfwmJHi1aMxUwTZTd9SwtYPnAykWSXsL")
	for _, value := range []string{
		good, url.QueryEscape(good), url.QueryEscape(url.QueryEscape(good)), good + "=", good[1:], "%ZZ" + good,
		"", ".", "a.", sign(testSecret, ""), sign(testSecret, "a.b"), sign(testSecret, "a\x00"), strings.ToLower(good),
	} {
		f.Add(value, "")
		f.Add("", value) // signed by the target itself
	}
	f.Fuzz(func(t *testing.T, value, token string) {
		if token != "" {
			value = sign(testSecret, token) + value
		}
		got, reason := unsign(testSecret, value)
		if reason != "" {
			if got != "" {
				t.Fatalf("refused (%s) and yet gave a token", reason)
			}
			return
		}
		once, err := url.PathUnescape(value)
		if err != nil || once != sign(testSecret, got.Reveal()) || !plain(got.Reveal()) {
			t.Fatalf("accepted %q as %q", value, got.Reveal())
		}
	})
}
