package middleware

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// forwarding are the headers by which proxies say who the client is. X-Forwarded-For alone is believed: every
// proxy appends to it, while what a client writes into X-Real-IP or Forwarded may pass a proxy as it is.
var forwarding = []string{echo.HeaderXForwardedFor, echo.HeaderXRealIP, "Forwarded"}

// ClientAddress gives the client's address: for limits, the log and the session's row. It is the peer's, or,
// where that is one of the trusted proxies, what X-Forwarded-For says. A peer that forwards addresses without being
// trusted is told in the log once.
//
// Echo's own extractor takes an entry with a port for none, which puts all clients behind such a proxy into
// one bucket.
func ClientAddress(trusted []netip.Prefix, log *slog.Logger) echo.IPExtractor {
	var once sync.Once
	return func(r *http.Request) string {
		peer := readAddress(r.RemoteAddr)
		if !peer.IsValid() {
			return ""
		}
		if isTrusted(trusted, peer) {
			return forwardedFor(trusted, peer, r.Header[echo.HeaderXForwardedFor]).String()
		}
		for _, name := range forwarding {
			if r.Header[name] != nil {
				once.Do(func() {
					log.WarnContext(r.Context(), "a peer that is not trusted forwards client addresses, and its own is counted; if it is your proxy, name it in TRUSTED_PROXIES", "peer", peer.String(), "header", name)
				})
			}
		}
		return peer.String()
	}
}

// forwardedFor walks from the nearest hop to the first that no trusted proxy is: what stands further left that
// one may have made up. Where a trusted proxy wrote no address the proxy itself is the client.
func forwardedFor(trusted []netip.Prefix, peer netip.Addr, lines []string) netip.Addr {
	client := peer
	for i := len(lines) - 1; i >= 0; i-- {
		for left := lines[i]; left != ""; {
			comma := strings.LastIndexByte(left, ',')
			hop := readAddress(strings.TrimSpace(left[comma+1:]))
			left = left[:max(comma, 0)]
			if !hop.IsValid() {
				return client
			}
			if client = hop; !isTrusted(trusted, hop) {
				return client
			}
		}
	}
	return client
}

func isTrusted(trusted []netip.Prefix, a netip.Addr) bool {
	for _, p := range trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// readAddress reads an address with or without a port, in brackets or not; the zero Addr is none. One client has one
// form: ::ffff:192.0.2.1 is 192.0.2.1, and a zone is left out.
func readAddress(text string) netip.Addr {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap().WithZone("")
	}
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		text = text[1 : len(text)-1]
	}
	a, _ := netip.ParseAddr(text)
	return a.Unmap().WithZone("")
}
