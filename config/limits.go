package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Limit lets Hits pass within any Window; the zero value limits nothing.
type Limit struct {
	Hits   int
	Window time.Duration
}

// RateLimits are the figures of RATE_LIMIT; the zero value limits nothing.
type RateLimits struct {
	// SignIn is for sign-in, registration and password change, per client address and path.
	SignIn Limit
	// API is for everything else, per user, or per client address where there is no user.
	API Limit
	// Account is for wrong passwords, per e-mail address.
	Account Limit
}

// Off says whether nothing is limited.
func (l RateLimits) Off() bool { return l == RateLimits{} }

// String is RATE_LIMIT as it could be written.
func (l RateLimits) String() string {
	if l.Off() {
		return "off"
	}
	return fmt.Sprintf("sign-in=%s,api=%s,account=%s", l.SignIn, l.API, l.Account)
}

// String is the limit as RATE_LIMIT has it: 3/10s, and 10/15m without Go's 0s behind.
func (l Limit) String() string {
	window := l.Window.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(window, zero) {
			window = window[:len(window)-2]
		}
	}
	return strconv.Itoa(l.Hits) + "/" + window
}

// defaultLimits are the contract's.
var defaultLimits = RateLimits{
	SignIn: Limit{3, 10 * time.Second}, API: Limit{100, 10 * time.Second}, Account: Limit{10, 15 * time.Minute},
}

// The bounds of a figure: each hit within a window is remembered, with 8 bytes.
const (
	maxHits   = 10_000
	minWindow = time.Second
	maxWindow = day
)

func (r *reader) rateLimits(production bool) RateLimits {
	const name = "RATE_LIMIT"
	value := r.text(name)
	on, isSwitch := parseOnOff(value)
	switch {
	case value == "":
		on, isSwitch = production, true
	case isSwitch && !on && production:
		r.warn(name, "is off in production: nothing slows who tries passwords; set it to on unless something before this program limits requests")
	}
	switch {
	case isSwitch && on:
		return defaultLimits
	case isSwitch:
		return RateLimits{}
	}
	limits, problem := parseLimits(value)
	if problem != "" {
		r.refuse(name, problem)
	}
	return limits
}

// parseLimits reads sign-in=3/10s,api=100/10s,account=10/15m, of which each may be left out.
func parseLimits(text string) (limits RateLimits, problem string) {
	limits = defaultLimits
	places := map[string]*Limit{"sign-in": &limits.SignIn, "api": &limits.API, "account": &limits.Account}
	for i, entry := range strings.Split(text, ",") {
		name, figures, _ := strings.Cut(strings.TrimSpace(entry), "=")
		place, known := places[name]
		if !known {
			return limits, fmt.Sprintf("entry %d is not a limit that is known, or one given twice; write on, off, or figures as in sign-in=3/10s,api=100/10s,account=10/15m", i+1)
		}
		delete(places, name)
		hits, window, _ := strings.Cut(figures, "/")
		n, err := strconv.Atoi(hits)
		d, errWindow := time.ParseDuration(window)
		if err != nil || errWindow != nil || n < 1 || n > maxHits || d < minWindow || d > maxWindow {
			return limits, fmt.Sprintf("entry %d is not a number from 1 to %d for each 1s to 24h; write it as in %s=%s", i+1, maxHits, name, place)
		}
		*place = Limit{n, d}
	}
	return limits, ""
}

// trustedProxies reads CIDRs and single addresses.
func (r *reader) trustedProxies() []netip.Prefix {
	const name = "TRUSTED_PROXIES"
	var proxies []netip.Prefix
	for i, entry := range strings.Split(r.text(name), ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		p, ok := parsePrefix(entry)
		if !ok {
			r.refuse(name, fmt.Sprintf("entry %d is neither a CIDR nor an address; write 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7", i+1))
			continue
		}
		if p.Bits() == 0 {
			r.warn(name, "believes everybody: any client can choose its own address; name your proxies only")
		}
		proxies = append(proxies, p)
	}
	return proxies
}

// parsePrefix gives IPv4 in its own form also where it is written as IPv6 (::ffff:10.0.0.0/104): addresses
// are compared in that form.
func parsePrefix(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	if err == nil && p.Addr().Is4In6() {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), err == nil && p.IsValid()
}
