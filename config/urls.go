package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// host is the address to listen on. In development only loopbacks are, so that
// a laptop does not serve its network.
func (r *reader) host(production bool) string {
	value := strings.TrimSuffix(strings.TrimPrefix(r.text("HOST"), "["), "]")
	if value == "" {
		if production {
			return ""
		}
		return "localhost"
	}
	if _, err := netip.ParseAddr(value); err != nil && !isHostName(value) {
		r.refuse("HOST", "is neither an address nor a host name; write it without scheme and port, as in 0.0.0.0")
	}
	return value
}

// metricsAddr is host:port, of a listener apart from the API's: what it shows is for the people who run it.
func (r *reader) metricsAddr(apart int) string {
	value := r.text("METRICS_ADDR")
	if value == "" {
		return ""
	}
	host, port, err := net.SplitHostPort(value)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n > 0 && int(n) == apart || strings.ContainsAny(host, "/ ") {
		r.refuse("METRICS_ADDR", "is not an address with a port other than PORT; write it as 127.0.0.1:9090")
	}
	return value
}

func (r *reader) apiURL(production bool, port int) string {
	value := r.text("API_URL")
	if value == "" {
		if production || port == 0 {
			return ""
		}
		value = "http://localhost:" + strconv.Itoa(port)
	}
	o, err := parseOrigin(strings.TrimSuffix(value, "/"))
	if err != nil {
		r.refuse("API_URL", err.Error())
		return ""
	}
	return o.String()
}

// frontends collects the allowed origins. In development a front end on port
// 3000 works without any setting; in production nothing is allowed by default.
func (r *reader) frontends(production bool, apiURL string) Origins {
	const name = "FRONTEND_URL"
	var origins Origins
	for i, entry := range r.list(name) {
		o, err := parsePattern(entry)
		if err != nil {
			r.refuse(name, fmt.Sprintf("entry %d %v", i+1, err))
			continue
		}
		origins.add(o)
	}
	if production && len(origins.list) == 0 && !r.refused(name) {
		r.refuse(name, "is not set, and production needs it; set it to the front end's origin, as in https://app.example.com")
	}
	if !production {
		origins.add(origin{scheme: "http", host: "localhost", port: "3000"})
	}
	if o, err := parseOrigin(apiURL); err == nil {
		origins.add(o)
	}
	return origins
}

// betterAuthURL is the origin of BETTER_AUTH_URL, and where its keys are
// published. Better Auth allows a path in it, which then stands for /api/auth
// (withPath in dist/utils/url.mjs); its tokens name the origin only.
func (r *reader) betterAuthURL() (origin, jwks string) {
	const name = "BETTER_AUTH_URL"
	if value := r.text(name); value != "" {
		o, path, err := splitURL(value)
		if err != nil {
			r.refuse(name, err.Error())
			return "", ""
		}
		path, _, _ = strings.Cut(path, "?")
		if path = strings.TrimRight(path, "/"); path == "" {
			path = "/api/auth"
		}
		origin, jwks = o.String(), o.String()+path+"/jwks"
	}
	if set := r.jwksURL(); set != "" {
		jwks = set
	}
	return origin, jwks
}

func (r *reader) jwksURL() string {
	const name = "BETTER_AUTH_JWKS_URL"
	value := r.text(name)
	if value == "" {
		return ""
	}
	o, path, err := splitURL(value)
	if _, malformed := url.Parse(value); err == nil && malformed != nil {
		err = errors.New("has a path that is no path; write it as in https://app.example.com/api/auth/jwks")
	}
	if err != nil {
		r.refuse(name, err.Error())
		return ""
	}
	return o.String() + path
}

// splitURL gives the origin of a URL and what follows it.
func splitURL(text string) (o origin, path string, err error) {
	if strings.Contains(text, "@") { // a "/" in a password would pass for the path
		return o, "", errors.New("has a user name or password; remove them")
	}
	scheme, rest, _ := strings.Cut(text, "://")
	host, _, _ := strings.Cut(rest, "/")
	o, err = parseOrigin(scheme + "://" + host)
	return o, rest[len(host):], err
}
