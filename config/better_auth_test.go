package config

import (
	"reflect"
	"strings"
	"testing"
)

func TestSecrets(t *testing.T) {
	tests := []struct {
		env     string
		secret  string
		retired []VersionedSecret
	}{
		{"", "", nil},
		{"BETTER_AUTH_SECRET=a|AUTH_SECRET=b", "a", []VersionedSecret{{Unversioned, "a"}}},
		{"AUTH_SECRET= b ", " b ", []VersionedSecret{{Unversioned, " b "}}},
		{"BETTER_AUTH_SECRET=" + publishedSecret, publishedSecret, []VersionedSecret{{Unversioned, publishedSecret}}},
		{"BETTER_AUTH_SECRETS= 2:new:x , 1: old |BETTER_AUTH_SECRET=a", "new:x",
			[]VersionedSecret{{2, "new:x"}, {1, "old"}, {Unversioned, "a"}}},
		{"BETTER_AUTH_SECRETS=0:n|BETTER_AUTH_SECRET=" + publishedSecret, "n", []VersionedSecret{{0, "n"}}},
	}
	for _, test := range tests {
		b := mustLoad(t, t.TempDir(), strings.Split(test.env, "|")...).BetterAuth
		if b.Secret.Reveal() != test.secret || !reflect.DeepEqual(b.Retired, test.retired) {
			t.Errorf("%s: got %q and %d retired", test.env, b.Secret.Reveal(), len(b.Retired))
		}
	}
}

func TestSecretProblems(t *testing.T) {
	const prod = "APP_ENV=production|FRONTEND_URL=https://a.com|"
	tests := []struct{ env, want string }{
		{prod, "BETTER_AUTH_SECRET: is not set, and production needs it; "},
		{prod + "BETTER_AUTH_SECRET=", "BETTER_AUTH_SECRET: is not set"},
		{prod + "BETTER_AUTH_SECRET=" + goodSecret[1:], "BETTER_AUTH_SECRET: is shorter than 32 characters"},
		{prod + "AUTH_SECRET=ä" + goodSecret[2:], "AUTH_SECRET: is shorter than 32 characters"},
		{prod + "BETTER_AUTH_SECRET=" + publishedSecret, "BETTER_AUTH_SECRET: is the default that Better Auth publishes"},
		{prod + "BETTER_AUTH_SECRETS=1:short", "BETTER_AUTH_SECRETS: is shorter than 32 characters"},
		{prod + "BETTER_AUTH_SECRETS=1:" + publishedSecret, "BETTER_AUTH_SECRETS: is the default"},
		{prod + "BETTER_AUTH_SECRETS=oops", "BETTER_AUTH_SECRETS: entry 1 has no version; "},
		{"BETTER_AUTH_SECRETS=1:a,", "BETTER_AUTH_SECRETS: entry 2 has no version; "},
		{"BETTER_AUTH_SECRETS=1:a,-1:b", "BETTER_AUTH_SECRETS: entry 2 has a version that is not a whole number"},
		{"BETTER_AUTH_SECRETS=v1:a", "BETTER_AUTH_SECRETS: entry 1 has a version that is not a whole number"},
		{"BETTER_AUTH_SECRETS=1:a,1:b", "BETTER_AUTH_SECRETS: entry 2 repeats the version of an earlier entry; "},
		{"BETTER_AUTH_SECRETS=1: ,2:b", "BETTER_AUTH_SECRETS: entry 1 has no secret after its version; "},
	}
	for _, test := range tests {
		got := problems(t, t.TempDir(), strings.Split(test.env, "|")...)
		if len(got) != 1 || !strings.HasPrefix(got[0], test.want) {
			t.Errorf("%s:\n got %q\nwant %q", test.env, got, test.want)
		}
	}
	mustLoad(t, t.TempDir(), production("BETTER_AUTH_SECRET=short", "BETTER_AUTH_SECRETS=1:"+goodSecret)...)
}

func TestCookieName(t *testing.T) {
	tests := []struct{ env, want string }{
		{"", "better-auth.session_token"},
		{"COOKIE_PREFIX=app", "app.session_token"},
		{"COOKIE_PREFIX=app|COOKIE_NAME=sid", "sid"},
		{"COOKIE_NAME=sid|SECURE_COOKIES=on", "__Secure-sid"},
		{"BETTER_AUTH_URL=https://a.com", "__Secure-better-auth.session_token"},
		{"BETTER_AUTH_URL=http://a.com|FRONTEND_URL=https://a.com", "better-auth.session_token"},
		{"FRONTEND_URL=https://a.com,http://b.com", "__Secure-better-auth.session_token"},
		{"FRONTEND_URL=http://b.com,https://a.com", "better-auth.session_token"},
		{"FRONTEND_URL=https://*.a.com", "__Secure-better-auth.session_token"},
		{"BETTER_AUTH_URL=https://a.com|SECURE_COOKIES=off", "better-auth.session_token"},
	}
	for _, test := range tests {
		b := mustLoad(t, t.TempDir(), strings.Split(test.env, "|")...).BetterAuth
		if b.CookieName != test.want || b.SecureCookies != strings.HasPrefix(test.want, "__Secure-") {
			t.Errorf("%s: got %q, %v", test.env, b.CookieName, b.SecureCookies)
		}
	}
	for _, env := range []string{"COOKIE_NAME=__Secure-sid", "COOKIE_PREFIX=__host-x", "COOKIE_NAME=a b", "COOKIE_PREFIX=a;b", "COOKIE_NAME=ä"} {
		if got := problems(t, t.TempDir(), env); len(got) != 1 {
			t.Errorf("%s: got %q", env, got)
		}
	}
}

func TestBetterAuthURL(t *testing.T) {
	tests := []struct{ value, want string }{
		{"https://auth.example.com", "https://auth.example.com"},
		{"https://Auth.example.com:443/api/auth/", "https://auth.example.com"},
		{"http://localhost:3000/base?x=1", "http://localhost:3000"},
		{"http://[0:0::1]:3000", "http://[::1]:3000"},
	}
	for _, test := range tests {
		if got := mustLoad(t, t.TempDir(), "BETTER_AUTH_URL="+test.value).BetterAuth.URL; got != test.want {
			t.Errorf("%s: got %q, want %q", test.value, got, test.want)
		}
	}
	for _, value := range []string{"auth.example.com", "ftp://a.com", "https://u:p@a.com", "https://u:1/x@a.com", "https://", "https://*.a.com", "/api/auth", "https://a.com?x"} {
		if got := problems(t, t.TempDir(), "BETTER_AUTH_URL="+value); len(got) != 1 {
			t.Errorf("%s: got %q", value, got)
		}
	}
}

func TestJWKSURL(t *testing.T) {
	tests := []struct{ env, want string }{
		{"", ""},
		{"BETTER_AUTH_URL=https://a.com/", "https://a.com/api/auth/jwks"},
		{"BETTER_AUTH_URL=https://a.com/base/?x=1", "https://a.com/base/jwks"},
		{"BETTER_AUTH_URL=https://a.com|BETTER_AUTH_JWKS_URL=http://auth.internal:3000/keys?a=b", "http://auth.internal:3000/keys?a=b"},
		{"BETTER_AUTH_JWKS_URL=https://a.com", "https://a.com"},
	}
	for _, test := range tests {
		if got := mustLoad(t, t.TempDir(), strings.Split(test.env, "|")...).BetterAuth.JWKSURL; got != test.want {
			t.Errorf("%s: got %q, want %q", test.env, got, test.want)
		}
	}
	for _, value := range []string{"/api/auth/jwks", "file:///etc/passwd", "https://u:p@a.com/x", "https://a.com/%zz", "https://a.com/\x7f"} {
		if got := problems(t, t.TempDir(), "BETTER_AUTH_JWKS_URL="+value); len(got) != 1 || !strings.Contains(got[0], "; ") {
			t.Errorf("%q: got %q", value, got)
		}
	}
}

func TestCookieCache(t *testing.T) {
	tests := []struct {
		env  string
		want CookieCache
	}{
		{"COOKIE_CACHE=on", CookieCache{true, "better-auth.session_data", "1"}},
		{"COOKIE_CACHE=on|COOKIE_CACHE_VERSION=two|COOKIE_PREFIX=app|COOKIE_NAME=sid", CookieCache{true, "app.session_data", "two"}},
		{"SECURE_COOKIES=on", CookieCache{false, "__Secure-better-auth.session_data", "1"}},
	}
	for _, test := range tests {
		if got := mustLoad(t, t.TempDir(), strings.Split(test.env, "|")...).BetterAuth.CookieCache; got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.env, got, test.want)
		}
	}
}

// A secret that is made at the first start is known to nobody when the settings are read.
func TestDecrypting(t *testing.T) {
	b := mustLoad(t, t.TempDir(), "BETTER_AUTH_SECRETS=2:new,1:old", "BETTER_AUTH_SECRET=older").BetterAuth
	if got := b.Decrypting(); !reflect.DeepEqual(got, []Secret{"new", "new", "old", "older"}) {
		t.Errorf("%d secrets", len(got))
	}
	made := BetterAuth{Secret: "made"}
	if got := made.Decrypting(); !reflect.DeepEqual(got, []Secret{"made"}) {
		t.Errorf("%d secrets", len(got))
	}
}
