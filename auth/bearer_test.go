package auth

import (
	"net/http"
	"strings"
	"testing"
)

func TestBearer(t *testing.T) {
	longest := strings.Repeat("a", maxBearer)
	for _, c := range []struct {
		name    string
		headers []string
		want    string
	}{
		{"usual", []string{"Bearer abc"}, "abc"},
		{"scheme in any case", []string{"bEARER abc"}, "abc"},
		{"more spaces", []string{"Bearer   abc  "}, "abc"},
		{"the longest", []string{"Bearer " + longest}, longest},

		{"none", nil, ""},
		{"empty", []string{""}, ""},
		{"scheme alone", []string{"Bearer"}, ""},
		{"scheme and space", []string{"Bearer "}, ""},
		{"two words", []string{"Bearer a b"}, ""},
		{"tab", []string{"Bearer a\tb"}, ""},
		{"tab for the space", []string{"Bearer\tabc"}, ""},
		{"no space", []string{"Bearerabc"}, ""},
		{"space before", []string{" Bearer abc"}, ""},
		{"other scheme", []string{"Basic abc"}, ""},
		{"two headers", []string{"Bearer abc", "Bearer abc"}, ""},
		{"two headers, one empty", []string{"", "Bearer abc"}, ""},
		{"too long", []string{"Bearer " + longest + "a"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := bearer(&http.Request{Header: http.Header{"Authorization": c.headers}}); got != c.want {
				t.Errorf("%.40q, want %.40q", got, c.want)
			}
		})
	}
}

// A token that is taken is one word, within bounds, stands at the end of the one header, and is taken again alone.
func FuzzBearer(f *testing.F) {
	for _, header := range []string{"", "Bearer abc", "bearer  abc ", "Bearer a b", "Basic x", "Bearer\tx", "Bearer", "ſBearer x", "Bearer \u00a0", "Bearer a,Bearer b"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		one := func(h string) string { return bearer(&http.Request{Header: http.Header{"Authorization": {h}}}) }
		token := one(header)
		if token == "" {
			return
		}
		scheme, rest := header[:min(len(header), 7)], header[min(len(header), 7):]
		if !strings.EqualFold(scheme, "Bearer ") || strings.Trim(rest, " ") != token {
			t.Fatalf("%q gave %q", header, token)
		}
		if len(token) > maxBearer || strings.ContainsAny(token, " \t") || one("Bearer "+token) != token {
			t.Fatalf("%q is no token", token)
		}
	})
}
