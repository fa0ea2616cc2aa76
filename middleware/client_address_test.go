package middleware

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// clientOf gives the client's address of a request, and what the log says.
func clientOf(trusted, peer string, forwarded ...string) (address, said string) {
	var log bytes.Buffer
	r := &http.Request{RemoteAddr: peer, Header: http.Header{}}
	if forwarded != nil {
		r.Header["X-Forwarded-For"] = forwarded
	}
	address = ClientAddress(prefixes(trusted), slog.New(slog.NewTextHandler(&log, nil)))(r)
	return address, log.String()
}

func prefixes(text string) (all []netip.Prefix) {
	for p := range strings.FieldsSeq(text) {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	const trusted = "10.0.0.0/8 2001:db8:ffff::/48"
	for _, c := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"a peer", "192.0.2.1:80", nil, "192.0.2.1"},
		{"a peer in IPv6", "[2001:DB8::1]:80", nil, "2001:db8::1"},
		{"a mapped peer", "[::ffff:192.0.2.1]:80", nil, "192.0.2.1"},
		{"a zone", "[fe80::1%eth0]:80", nil, "fe80::1"},
		{"no peer", "@", []string{"192.0.2.1"}, ""},
		{"a peer that is not trusted", "192.0.2.1:80", []string{"198.51.100.1"}, "192.0.2.1"},
		{"private is not trusted by itself", "192.168.0.1:80", []string{"198.51.100.1"}, "192.168.0.1"},
		{"nor loopback", "127.0.0.1:80", []string{"198.51.100.1"}, "127.0.0.1"},
		{"a proxy", "10.0.0.1:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"a mapped proxy", "[::ffff:10.0.0.1]:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"a proxy in IPv6", "[2001:db8:ffff::1]:80", []string{"2001:db8::5"}, "2001:db8::5"},
		{"a proxy that says nothing", "10.0.0.1:80", nil, "10.0.0.1"},
		{"or an empty line", "10.0.0.1:80", []string{""}, "10.0.0.1"},
		{"or only commas", "10.0.0.1:80", []string{",,"}, "10.0.0.1"},
		{"made up further left", "10.0.0.1:80", []string{"6.6.6.6, 198.51.100.1"}, "198.51.100.1"},
		{"made up as a proxy", "10.0.0.1:80", []string{"6.6.6.6, 10.0.0.9, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.0.0.1:80", []string{"6.6.6.6, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"two lines", "10.0.0.1:80", []string{"6.6.6.6", "198.51.100.1,10.0.0.2"}, "198.51.100.1"},
		{"a line of proxies", "10.0.0.1:80", []string{"6.6.6.6,198.51.100.1", "10.0.0.2"}, "198.51.100.1"},
		{"proxies only", "10.0.0.1:80", []string{"10.0.0.3,10.0.0.2"}, "10.0.0.3"},
		{"a port", "10.0.0.1:80", []string{"198.51.100.1:5678"}, "198.51.100.1"},
		{"IPv6 with a port", "10.0.0.1:80", []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		{"IPv6 in brackets", "10.0.0.1:80", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"a mapped client", "10.0.0.1:80", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"a zone of a client", "10.0.0.1:80", []string{"fe80::1%25x"}, "fe80::1"},
		{"garbage", "10.0.0.1:80", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		{"garbage beyond a proxy", "10.0.0.1:80", []string{"198.51.100.1, , 10.0.0.2"}, "10.0.0.2"},
		{"garbage of a client", "10.0.0.1:80", []string{"<script>, 198.51.100.1"}, "198.51.100.1"},
		{"a name", "10.0.0.1:80", []string{"localhost"}, "10.0.0.1"},
	} {
		got, said := clientOf(trusted, c.peer, c.forwarded...)
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		unbelieved := c.forwarded != nil && got != "" && !strings.HasPrefix(c.peer, "10.") && !strings.Contains(c.peer, "10.0.0.1") && !strings.Contains(c.peer, "ffff::1")
		if strings.Contains(said, "TRUSTED_PROXIES") != unbelieved || strings.Contains(said, "6.6.6.6") {
			t.Errorf("%s: the log says %q", c.name, said)
		}
	}
}

// Each forwarding header of a peer that is not trusted is told, but once, and never what it says.
func TestUntrustedForwardingIsToldOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded"} {
		var log bytes.Buffer
		address := ClientAddress(prefixes("10.0.0.0/8"), slog.New(slog.NewTextHandler(&log, nil)))
		plain := &http.Request{RemoteAddr: "192.0.2.1:1", Header: http.Header{}}
		address(plain)
		if log.Len() != 0 {
			t.Errorf("without a header: %s", &log)
		}
		r := &http.Request{RemoteAddr: "192.0.2.1:1", Header: http.Header{}}
		r.Header.Set(name, "6.6.6.6")
		for range 3 {
			if got := address(r); got != "192.0.2.1" {
				t.Errorf("%s: %s", name, got)
			}
		}
		if said := log.String(); strings.Count(said, "TRUSTED_PROXIES") != 1 || !strings.Contains(said, "192.0.2.1") || strings.Contains(said, "6.6.6.6") {
			t.Errorf("%s: %s", name, said)
		}
	}
}

func TestClientBucket(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.1": "client 192.0.2.1", "": "client ",
		"2001:db8:1:2::": "client 2001:db8:1:2::", "2001:db8:1:2:ffff::1": "client 2001:db8:1:2::", "2001:db8:1:3::1": "client 2001:db8:1:3::",
	} {
		if got := clientBucket(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

// The client is the peer, or one of the entries and then behind trusted proxies only; and always one plain form
// of an address, whatever stands in the header.
func FuzzClientAddress(f *testing.F) {
	for _, s := range []string{"198.51.100.1", "6.6.6.6, 10.0.0.2", "[2001:db8::1]:443,,", "::ffff:1.2.3.4", "fe80::1%x, 1.2.3.4:5", "unknown, \t10.1.1.1"} {
		f.Add("10.0.0.1:80", s, s)
		f.Add("192.0.2.1:80", s, "")
	}
	f.Fuzz(func(t *testing.T, peer, first, second string) {
		trusted := prefixes("10.0.0.0/8")
		got, said := clientOf("10.0.0.0/8", peer, first, second)
		from := readAddress(peer)
		if !from.IsValid() {
			if got != "" {
				t.Errorf("%q of no peer", got)
			}
			return
		}
		a, err := netip.ParseAddr(got)
		if err != nil || a.String() != got || a.Zone() != "" || a.Is4In6() {
			t.Fatalf("%q is not the one form of an address", got)
		}
		if isTrusted(trusted, from) != (said == "") {
			t.Errorf("the log says %q", said)
		}
		if a == from {
			return
		}
		if !isTrusted(trusted, from) {
			t.Fatalf("the client of %s is %s", peer, got)
		}
		// Whatever stands left of the client changes nothing.
		again, _ := clientOf("10.0.0.0/8", peer, "6.6.6.6, "+first, second)
		if again != got && !isTrusted(trusted, a) {
			t.Errorf("more on the left makes %s of %s", again, got)
		}
	})
}

func BenchmarkClientAddress(b *testing.B) {
	address := ClientAddress(prefixes("10.0.0.0/8 2001:db8::/32"), slog.New(slog.DiscardHandler))
	r := &http.Request{RemoteAddr: "10.0.0.1:1234", Header: http.Header{"X-Forwarded-For": {"6.6.6.6, 198.51.100.7, 10.0.0.2"}}}
	b.ReportAllocs()
	for b.Loop() {
		clientBucket(address(r))
	}
}
