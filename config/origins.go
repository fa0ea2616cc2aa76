package config

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Origins are the browser origins that may call with credentials. The zero
// value allows none.
type Origins struct{ list []origin }

// origin is scheme, host and port in the one form browsers send: lower case,
// no default port. With anyLabel, host is what follows the first label.
type origin struct {
	scheme, host, port string
	anyLabel           bool
}

// Allows reports whether an Origin header's text is one of the origins, or has
// exactly one more label than a wildcard. Anything that is not a plain
// scheme://host[:port] ("", "null", a path, a user) is not allowed.
func (o Origins) Allows(text string) bool {
	asked, err := parseOrigin(text)
	if err != nil {
		return false
	}
	if slices.Contains(o.list, asked) {
		return true
	}
	_, parent, found := strings.Cut(asked.host, ".")
	asked.host, asked.anyLabel = parent, true
	return found && slices.Contains(o.list, asked)
}

// List gives the origins as text, wildcards with their star.
func (o Origins) List() []string {
	texts := make([]string, len(o.list))
	for i, origin := range o.list {
		texts[i] = origin.String()
	}
	return texts
}

// First gives the first origin, "" when there is none.
func (o Origins) First() string {
	if len(o.list) == 0 {
		return ""
	}
	return o.list[0].String()
}

func (o *Origins) add(origin origin) {
	if !slices.Contains(o.list, origin) {
		o.list = append(o.list, origin)
	}
}

func (o origin) String() string {
	text := o.scheme + "://"
	if o.anyLabel {
		text += "*."
	}
	text += o.host
	if o.port != "" {
		text += ":" + o.port
	}
	return text
}

// parsePattern reads one entry of FRONTEND_URL: an origin, with a trailing
// slash if need be, or https://*.example.com. A star before a whole top-level
// domain is refused: strangers have names there.
func parsePattern(text string) (origin, error) {
	before, after, anyLabel := strings.Cut(strings.TrimSuffix(text, "/"), "://*.")
	if !anyLabel {
		return parseOrigin(before)
	}
	o, err := parseOrigin(before + "://" + after)
	if err != nil {
		return origin{}, err
	}
	top := o.host[strings.LastIndex(o.host, ".")+1:]
	if strings.Trim(top, "0123456789") == "" || strings.Contains(top, ":") {
		return origin{}, errors.New("has a star before an address; name each address")
	}
	if top == o.host && o.host != "localhost" {
		return origin{}, errors.New("has a star before a top-level domain; write https://*.example.com")
	}
	o.anyLabel = true
	return o, nil
}

// parseOrigin reads scheme://host[:port] strictly, without net/url: what that
// forgives (user names, escapes, a colon and no port) a browser never sends.
func parseOrigin(text string) (origin, error) {
	// Before ToLower, which makes an ASCII k out of the Kelvin sign.
	if strings.ContainsFunc(text, func(r rune) bool { return r > '~' }) {
		return origin{}, errors.New("has letters outside ASCII; write the name in its xn-- form")
	}
	scheme, rest, _ := strings.Cut(strings.ToLower(text), "://")
	switch {
	case scheme != "http" && scheme != "https":
		return origin{}, errors.New("is not an origin; write scheme and host, as in https://app.example.com")
	case strings.Contains(rest, "@"):
		return origin{}, errors.New("has a user name or password; write scheme, host and port only")
	case strings.ContainsAny(rest, `/\?#`):
		return origin{}, errors.New("has a path; write scheme, host and port only")
	case strings.Contains(rest, "*"):
		return origin{}, errors.New("has a star that is not the first label; write https://*.example.com, or name each origin")
	}
	host, port, ok := splitHost(rest)
	if !ok {
		return origin{}, errors.New("has a host or port that is none; write scheme, host and port, as in https://app.example.com")
	}
	if scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		port = ""
	}
	return origin{scheme: scheme, host: host, port: port}, nil
}

// splitHost takes host[:port] apart; the host is a name, an IPv4 address, or
// an IPv6 address in brackets, which comes out in its shortest form.
func splitHost(text string) (host, port string, ok bool) {
	if bracketed, found := strings.CutPrefix(text, "["); found {
		host, text, _ = strings.Cut(bracketed, "]")
		ip, err := netip.ParseAddr(host)
		ok = err == nil && ip.Is6() && ip.Zone() == ""
		host = "[" + ip.String() + "]"
	} else {
		host, _, _ = strings.Cut(text, ":")
		text = text[len(host):]
		ok = isHostName(host)
	}
	if text == "" {
		return host, "", ok
	}
	port, found := strings.CutPrefix(text, ":")
	return host, port, ok && found && isPort(port)
}

// isPort wants 1 to 65535 in the one way browsers write it.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0 && text == strconv.FormatUint(n, 10)
}

// isHostName wants labels of letters, digits, "-" and "_" (which container
// names have). An empty label is refused, and with it a trailing dot: browsers
// take example.com. for another host.
func isHostName(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, hostCharacters) != "" {
			return false
		}
	}
	return len(host) <= 253
}

const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
