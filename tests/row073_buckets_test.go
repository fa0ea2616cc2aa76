package tests

import (
	"fmt"
	"strings"
	"testing"
)

// forged are the headers by which a client may try to be somebody else.
var forged = []string{"X-Forwarded-For", "X-Real-IP", "Forwarded", "X_Forwarded_For", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP"}

// forge gives a header line that names another client each time.
func forge(name string, i int) string {
	if name == "Forwarded" {
		return fmt.Sprintf("Forwarded: for=198.51.100.%d", i)
	}
	return fmt.Sprintf("%s: 198.51.100.%d", name, i)
}

// Row 73: nobody gets a bucket of his own by saying that he is somebody else, or by using another address of his.
func TestRow073_OneClientOneBucket(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		get := func(peer string, headers ...string) answer { return s.doFrom(t, peer, "GET", "/api/posts", headers...) }
		one := map[int]int{200: 3, 429: 2}
		for n, name := range forged {
			peer := fmt.Sprintf("203.0.113.%d:4321", n)
			counts(t, name, inTurn(5, func(i int) answer { return get(peer, forge(name, i)) }), one)
		}
		counts(t, "all of them", inTurn(5, func(i int) answer {
			var lines []string
			for _, name := range forged {
				lines = append(lines, forge(name, i))
			}
			return get("203.0.113.99:1", lines...)
		}), one)
		counts(t, "ports", inTurn(5, func(i int) answer { return get(fmt.Sprintf("203.0.113.100:%d", 1000+i)) }), one)
		counts(t, "a /64", inTurn(5, func(i int) answer { return get(fmt.Sprintf("[2001:db8:1:2:%x::%x]:1", i, i)) }), one)
		counts(t, "another /64", inTurn(1, func(int) answer { return get("[2001:db8:1:3::1]:1") }), map[int]int{200: 1})
		mapped := []string{"192.0.2.77:1", "[::ffff:192.0.2.77]:2", "[::ffff:c000:24d]:3", "192.0.2.77:4", "[0:0:0:0:0:ffff:192.0.2.77]:5"}
		counts(t, "IPv4 in IPv6", inTurn(5, func(i int) answer { return get(mapped[i]) }), one)
		zones := []string{"[fe80::1%eth0]:1", "[fe80::1%eth1]:1", "[fe80::1]:1", "[fe80::2%1]:1", "[fe80::3]:1"}
		counts(t, "zones", inTurn(5, func(i int) answer { return get(zones[i]) }), one)
		if n := strings.Count(s.Log.String(), "TRUSTED_PROXIES"); n != 1 {
			t.Errorf("an untrusted peer that forwards addresses is told %d times", n)
		}
	}, "RATE_LIMIT=api=3/10s")
}

// The same behind a trusted proxy, which appends the client's address to what the client sent.
func TestRow073_BehindAProxy(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		one := map[int]int{200: 3, 429: 2}
		through := func(lines ...string) answer { return s.doFrom(t, "10.0.0.1:99", "GET", "/api/posts", lines...) }
		for n, name := range forged {
			if name == "X-Forwarded-For" {
				continue
			}
			counts(t, name, inTurn(5, func(i int) answer { return through(forge(name, i), client(fmt.Sprint("203.0.113.", n))) }), one)
		}
		counts(t, "further left", inTurn(5, func(i int) answer { return through(client(fmt.Sprintf("198.51.100.%d, 203.0.113.50", i))) }), one)
		counts(t, "lines", inTurn(5, func(i int) answer { return through(forge("X-Forwarded-For", i), client("203.0.113.51")) }), one)
		counts(t, "two proxies", inTurn(5, func(i int) answer { return through(client(fmt.Sprintf("198.51.100.%d,203.0.113.52,10.0.0.%d", i, i))) }), one)
		counts(t, "a /64", inTurn(5, func(i int) answer { return through(client(fmt.Sprintf("2001:db8::%x", i+1))) }), one)
		counts(t, "ports", inTurn(5, func(i int) answer { return through(client(fmt.Sprintf("203.0.113.53:%d", i+1))) }), one)
		counts(t, "garbage", inTurn(5, func(i int) answer { return through(client(fmt.Sprintf("198.51.100.%d, unknown", i))) }), one)
		counts(t, "clients", inTurn(5, func(i int) answer { return through(client(fmt.Sprint("198.51.100.", i))) }), map[int]int{200: 5})
		// Around the proxy the header counts for nothing.
		counts(t, "around it", inTurn(5, func(i int) answer {
			return s.doFrom(t, "203.0.113.54:1", "GET", "/api/posts", forge("X-Forwarded-For", 50+i))
		}), one)
		if log := s.Log.String(); !strings.Contains(log, "client=198.51.100.4\n") {
			t.Error("the log does not have the clients' addresses")
		}
	}, "RATE_LIMIT=api=3/10s", "TRUSTED_PROXIES=10.0.0.0/8")
}

// The session's row has the client's address, as the log does.
func TestClientAddressOfASession(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		s.registered(t, "ada@example.com")
		if a := s.attempt(t, "ada@example.com", "correct horse", client("6.6.6.6, [::ffff:198.51.100.7]:443")); a.Status != 200 {
			t.Fatal(a.Body)
		}
		if got := s.one(t, `SELECT "ipAddress" FROM "session"`); got != "198.51.100.7" {
			t.Errorf("the row has %s", got)
		}
		if log := s.Log.String(); !strings.Contains(log, "client=198.51.100.7\n") || strings.Contains(log, "6.6.6.6") || strings.Contains(log, "TRUSTED_PROXIES") {
			t.Error(log)
		}
	}, proxied)
}
