package config

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestRateLimits(t *testing.T) {
	t.Parallel()
	on := defaultLimits
	for _, test := range []struct {
		value      string
		production bool
		want       RateLimits
	}{
		{"", false, RateLimits{}}, {"", true, on},
		{"on", false, on}, {"ON", true, on}, {"off", false, RateLimits{}}, {"0", true, RateLimits{}},
		{"api=7/1m", false, RateLimits{on.SignIn, Limit{7, time.Minute}, on.Account}},
		{" account=1/24h , sign-in=10000/1s", true, RateLimits{Limit{10000, time.Second}, on.API, Limit{1, day}}},
	} {
		env := []string{"RATE_LIMIT=" + test.value}
		if test.production {
			env = production(env...)
		}
		c := mustLoad(t, t.TempDir(), env...)
		if c.RateLimits != test.want {
			t.Errorf("%q, production %t: %s, want %s", test.value, test.production, c.RateLimits, test.want)
		}
		if warned := strings.Contains(strings.Join(c.Warnings, "\n"), "RATE_LIMIT: is off in production"); warned != (test.production && test.want.Off()) {
			t.Errorf("%q, production %t: warnings %q", test.value, test.production, c.Warnings)
		}
	}
	for _, value := range []string{
		"yes", "3/10s", "api", "api=", "api=5", "api=5/", "api=/10s", "api=0/10s", "api=-1/10s", "api=10001/1s", "api=5/999ms", "api=5/25h", "api=5/10",
		"api=5/1s,", ",api=5/1s", "api=5/1s,api=5/1s", "API=5/1s", "login=5/1s", "on,api=5/1s", "api=5/1s/1s", "api=1e2/1s",
	} {
		got := problems(t, t.TempDir(), "RATE_LIMIT="+value)
		if len(got) != 1 || !strings.HasPrefix(got[0], "RATE_LIMIT: entry ") {
			t.Errorf("%q: %q", value, got)
		}
	}
}

// What is read is within the bounds, and is read again as what it says it is.
func FuzzParseLimits(f *testing.F) {
	for _, s := range []string{"sign-in=3/10s,api=100/10s,account=10/15m", "api=1/1h", "api=1/1s,", "account=10001/1s", "=", "api=5/1s,api=6/1s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		limits, problem := parseLimits(text)
		if problem != "" {
			return
		}
		for _, l := range []Limit{limits.SignIn, limits.API, limits.Account} {
			if l.Hits < 1 || l.Hits > maxHits || l.Window < minWindow || l.Window > maxWindow {
				t.Errorf("%q: %s", text, l)
			}
		}
		if again, problem := parseLimits(limits.String()); again != limits || problem != "" {
			t.Errorf("%q is %s, and that %s %s", text, limits, again, problem)
		}
	})
}

func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":                                   "[]",
		"10.0.0.0/8, 192.0.2.7 ,":            "[10.0.0.0/8 192.0.2.7/32]",
		"10.1.2.3/8":                         "[10.0.0.0/8]",
		"2001:db8::/32,::1":                  "[2001:db8::/32 ::1/128]",
		"::ffff:10.0.0.0/104,::ffff:1.2.3.4": "[10.0.0.0/8 1.2.3.4/32]",
	} {
		if got := fmt.Sprint(mustLoad(t, t.TempDir(), "TRUSTED_PROXIES="+value).TrustedProxies); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
	for _, value := range []string{"localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "1.2.3.4:80", "[::1]", "::ffff:0.0.0.0/90", "*", "a\nb"} {
		got := problems(t, t.TempDir(), "TRUSTED_PROXIES="+value)
		if len(got) != 1 || !strings.HasPrefix(got[0], "TRUSTED_PROXIES: entry 1 ") {
			t.Errorf("%q: %q", value, got)
		}
	}
	for _, value := range []string{"0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96"} {
		if c := mustLoad(t, t.TempDir(), "TRUSTED_PROXIES="+value); len(c.Warnings) != 1 {
			t.Errorf("%q: %q", value, c.Warnings)
		}
	}
}

// A prefix is in the form in which addresses are compared, and has its own address.
func FuzzParsePrefix(f *testing.F) {
	for _, s := range []string{"10.0.0.0/8", "::ffff:1.2.3.4/120", "::ffff:0.0.0.0/90", "fe80::1%eth0", "2001:db8::1/32", "/8"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := parsePrefix(text)
		if ok && (!p.IsValid() || p.Addr().Is4In6() || p.Addr().Zone() != "" || !p.Contains(p.Addr()) || p.Masked() != p) {
			t.Errorf("%q: %s", text, p)
		}
		if a, err := netip.ParseAddr(text); err == nil && (!ok || !p.Contains(a.Unmap().WithZone(""))) {
			t.Errorf("%q: %s does not have it", text, p)
		}
	})
}
