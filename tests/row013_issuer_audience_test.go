package tests

import (
	"strings"
	"testing"
)

// A token for another service, or of another one, is not for us, though the key is known.
func TestRow013_IssuerAndAudience(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user, k := s.user(t, ""), newPluginKey(t, "EdDSA", "k1")
		endpoint.publish(t, k)
		with := func(claim, value string) string {
			payload := pluginPayload(s, user)
			was := `,"` + claim + `":"` + pluginIssuer + `"`
			now := `,"` + claim + `":` + value
			if value == "" {
				now = ""
			}
			if !strings.Contains(payload, was) {
				t.Fatal(payload)
			}
			return k.sign(t, k.header(), strings.Replace(payload, was, now, 1))
		}
		tokens := map[string]string{}
		for name, value := range map[string]string{
			"another": `"http://other.example.com"`, "slash": `"` + pluginIssuer + `/"`, "case": `"HTTP://AUTH.example.com"`, "absent": "", "null": "null", "empty": `""`,
			"path": `"` + pluginIssuer + `/api/auth"`, "port": `"` + pluginIssuer + `:80"`, "https": `"https://auth.example.com"`, "object": `{"a":"` + pluginIssuer + `"}`, "number": "1", "true": "true",
			"cache audience": `"better-auth:session-cache"`, "NUL after": `"` + pluginIssuer + `\u0000"`,
			"empty list": "[]", "list of others": `["http://other.example.com"]`, "list in a list": `[["` + pluginIssuer + `"]]`, "list of null": "[null]", "list with a number": `["` + pluginIssuer + `",1]`,
		} {
			tokens["iss "+name], tokens["aud "+name] = with("iss", value), with("aud", value)
		}
		tokens["iss a list"] = with("iss", `["`+pluginIssuer+`"]`)
		s.refuses(t, tokens)
		for name, value := range map[string]string{"text": `"` + pluginIssuer + `"`, "list": `["` + pluginIssuer + `"]`, "list with others": `["a","` + pluginIssuer + `"]`} {
			if status := s.status(t, bearer(with("aud", value))); status != 200 {
				t.Errorf("aud as %s: %d", name, status)
			}
		}
	})
}

// Without Better Auth's address nobody can say whom a token is for: refused, and said once where people look.
func TestRow013_WithoutBetterAuthURL(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		k := newPluginKey(t, "EdDSA", "k1")
		s = withKeyTable(t, s, nil, k)
		user := s.user(t, "")
		for range 3 {
			s.refuses(t, map[string]string{"a good token": k.token(t, s, user)})
		}
		if n := strings.Count(s.Log.String(), "level=WARN"); n != 1 || !strings.Contains(s.Log.String(), "set BETTER_AUTH_URL") {
			t.Errorf("%d warnings:\n%s", n, s.Log)
		}
	})
}
