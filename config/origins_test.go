package config

import (
	"slices"
	"strings"
	"testing"
)

func originsOf(t testing.TB, patterns ...string) Origins {
	t.Helper()
	var origins Origins
	for _, pattern := range patterns {
		o, err := parsePattern(pattern)
		if err != nil {
			t.Fatalf("%s: %v", pattern, err)
		}
		origins.add(o)
	}
	return origins
}

var listed = []string{
	"https://app.example.org", "https://*.example.com", "http://localhost:3000", "https://*.dev.example.net:8443",
	"http://[::1]:3000", "http://127.0.0.1:3000", "https://xn--mnchen-3ya.example", "http://*.localhost:3000",
}

func TestOriginsAllows(t *testing.T) {
	tests := []struct {
		origin string
		want   bool
	}{
		{"https://app.example.org", true},
		{"https://APP.Example.org", true},
		{"HTTPS://app.example.org:443", true},
		{"https://app.example.org:8443", false},
		{"http://app.example.org", false},
		{"http://app.example.org:443", false},
		{"https://app.example.org/", false},
		{"https://app.example.org.", false},
		{"https://app.example.org:", false},
		{"https://app.example.org:0443", false},
		{"https://app.example.org?", false},
		{"https://app.example.org#", false},
		{"https://app.example.org\\", false},
		{"https://app.example.org@evil.org", false},
		{"https://user@app.example.org", false},
		{"https://user:pw@app.example.org", false},
		{"https://app.example.org:443@evil.org", false},
		{" https://app.example.org", false},
		{"https://app.example.org ", false},
		{"https://app.example.org\n", false},
		{"https://app.example.org\x00", false},
		{"https://app%2eexample.org", false},
		{"https://app.example.org,https://evil.org", false},
		{"https://xapp.example.org", false},
		{"https://a.app.example.org", false},
		{"https://x.example.com", true},
		{"https://X.EXAMPLE.com:443", true},
		{"https://example.com", false},
		{"https://a.b.example.com", false},
		{"https://.example.com", false},
		{"https://*.example.com", false},
		{"https://a..example.com", false},
		{"https://x.example.com.", false},
		{"https://x.example.com.evil.org", false},
		{"https://example.com.evil.org", false},
		{"https://evilexample.com", false},
		{"https://evil.org#.example.com", false},
		{"https://evil.org/.example.com", false},
		{"https://evil.org?.example.com", false},
		{"https://evil.org\\.example.com", false},
		{"https://evil.org:80.example.com", false},
		{"http://x.example.com", false},
		{"https://x.example.com:8443", false},
		{"https://x.dev.example.net:8443", true},
		{"https://x.dev.example.net", false},
		{"http://localhost:3000", true},
		{"http://tenant.localhost:3000", true},
		{"http://localhost", false},
		{"http://localhost:3001", false},
		{"http://127.0.0.1:3000", true},
		{"http://[::1]:3000", true},
		{"http://[0:0:0:0:0:0:0:1]:3000", true},
		{"http://[::1%25lo]:3000", false},
		{"http://[::1", false},
		{"http://]", false},
		{"http://[]:3000", false},
		{"http://::1:3000", false},
		{"https://xn--mnchen-3ya.example", true},
		{"https://münchen.example", false},
		{"https://x.e\u212aample.com", false},
		{"null", false},
		{"", false},
		{"*", false},
		{"https://", false},
		{"//app.example.org", false},
		{"app.example.org", false},
		{"file://", false},
		{"ws://localhost:3000", false},
	}
	origins := originsOf(t, listed...)
	for _, test := range tests {
		if got := origins.Allows(test.origin); got != test.want {
			t.Errorf("Allows(%q) = %v", test.origin, got)
		}
		if (Origins{}).Allows(test.origin) {
			t.Errorf("the zero value allows %q", test.origin)
		}
	}
	// The Kelvin sign becomes an ASCII k when lower-cased.
	if originsOf(t, "https://kelvin.com").Allows("https://\u212aelvin.com") {
		t.Error("a letter outside ASCII passes for one inside")
	}
	if !slices.Equal(origins.List(), listed) || origins.First() != listed[0] || (Origins{}).First() != "" {
		t.Errorf("List = %v", origins.List())
	}
}

func TestPatterns(t *testing.T) {
	good := map[string]string{
		"https://App.example.com/":     "https://app.example.com",
		"https://*.Example.com:443":    "https://*.example.com",
		"http://a.com:80":              "http://a.com",
		"http://web_1:3000":            "http://web_1:3000",
		"https://*.staging.example.uk": "https://*.staging.example.uk",
	}
	for text, want := range good {
		if o, err := parsePattern(text); err != nil || o.String() != want {
			t.Errorf("%s: %v, %v", text, o, err)
		}
	}
	bad := map[string]string{
		"*":                       "is not an origin",
		"https://*":               "star",
		"*.example.com":           "is not an origin",
		"*://a.com":               "is not an origin",
		"https://*.com":           "top-level",
		"https://*.*.example.com": "star",
		"https://a.*.example.com": "star",
		"https://*a.example.com":  "star",
		"https://a*.example.com":  "star",
		"https://app.example.*":   "star",
		"https://*.0.0.1":         "address",
		"https://*.[::1]":         "address",
		"https://*.":              "host",
		"https://*.example.com/x": "path",
		"https://a.com/x":         "path",
		"https://a.com//":         "path",
		"https://a.com?":          "path",
		"https://u:p@a.com":       "user name",
		"https://münchen.example": "xn--",
		"https://a.com.":          "host or port",
		"https://a.com:":          "host or port",
		"https://a.com:0":         "host or port",
		"https://a.com:65536":     "host or port",
		"https://a.com:*":         "star",
		"https://a b.com":         "host or port",
		"a.com":                   "is not an origin",
		"localhost:3000":          "is not an origin",
		"ftp://a.com":             "is not an origin",
		"null":                    "is not an origin",
		"https://" + strings.Repeat("a.", 130) + "com": "host or port",
	}
	for text, want := range bad {
		if _, err := parsePattern(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want something with %q", text, err, want)
		}
	}
}

// Whatever is allowed must have exactly a listed scheme, and a host that is
// listed or one label before a listed suffix; checked here by another way.
func FuzzOriginsAllows(f *testing.F) {
	for _, seed := range append([]string{"https://x.example.com:443", "https://a.b.example.com", "HTTP://LOCALHOST:3000"}, listed...) {
		f.Add(seed)
	}
	origins := originsOf(f, listed...)
	f.Fuzz(func(t *testing.T, text string) {
		if !origins.Allows(text) {
			return
		}
		plain := strings.ToLower(text)
		if scheme, _, _ := strings.Cut(plain, "://"); scheme == "https" {
			plain = strings.TrimSuffix(plain, ":443")
		}
		for _, pattern := range listed {
			before, after, wild := strings.Cut(pattern, "*")
			if !wild && (plain == pattern || pattern == "http://[::1]:3000" && strings.HasPrefix(plain, "http://[")) {
				return
			}
			label, found := strings.CutPrefix(plain, before)
			label, ends := strings.CutSuffix(label, after)
			if wild && found && ends && label != "" && strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") == "" {
				return
			}
		}
		t.Errorf("allowed: %q", text)
	})
}
