package auth

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func cookieRequest(lines ...string) *http.Request {
	return &http.Request{Header: http.Header{"Cookie": lines}}
}

func TestCookieValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"none", nil, ""},
		{"one", []string{"s=v"}, "v"},
		{"the first of a name", []string{"s=1; s=2"}, "1"},
		{"the first line", []string{"a=b", "s=1", "s=2"}, "1"},
		{"a bad one is not passed over", []string{"s=a\x01b; s=2"}, "a\x01b"},
		{"an empty one neither", []string{"s=; s=2"}, ""},
		{"spaces around", []string{" a=b ;  s = v ; c"}, "v"},
		{"quoted", []string{`s="v"`}, "v"},
		{"half quoted", []string{`s="v`}, `"v`},
		{"one quote", []string{`s="`}, `"`},
		{"equals signs in the value", []string{"s=a=b=="}, "a=b=="},
		{"another case of the name", []string{"S=v"}, ""},
		{"as a part of another name", []string{"xs=1; s.0=2"}, ""},
		{"without a value", []string{"s; s=2"}, ""},
		{"3,001 cookies", []string{strings.Repeat("a=b; ", 3000) + "s=v"}, ""},
	} {
		if got := CookieValue(cookieRequest(c.lines...), "s"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Whatever the header, the value is that of its first cookie of the name.
func FuzzCookieValue(f *testing.F) {
	for _, seed := range []string{"s=v", "a=b; s=1; s=2", `s="v"`, "s", ";;s==;", "s=\x00\xff", " s = v"} {
		f.Add(seed)
	}
	first := regexp.MustCompile(`(?s)(?:^|;)\s*s\s*(?:=([^;]*))?(?:;|$)`)
	f.Fuzz(func(t *testing.T, header string) {
		if !utf8.ValidString(header) || strings.ContainsAny(header, "\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\v") || strings.ContainsRune(header, 0x2000) {
			return // the pattern and TrimSpace differ in what they call a space
		}
		want := ""
		if m := first.FindStringSubmatch(header); m != nil {
			want = unquote(strings.TrimSpace(m[1]))
		}
		if got := CookieValue(cookieRequest(header), "s"); got != want && strings.Count(header, ";") < maxCookies {
			t.Fatalf("%q gives %q, want %q", header, got, want)
		}
	})
}
