package auth

import (
	"net/http"
	"strings"
)

// maxCookies is how many cookies of a request are looked at, as net/http has it.
const maxCookies = 3000

// CookieValue gives the value of the first cookie of a name, as Better Auth reads it, "" for none: a bad one is
// not passed over for a good one behind it, which net/http would do. A value in double quotes is unquoted.
func CookieValue(r *http.Request, name string) string {
	seen := 0
	for _, line := range r.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			if seen++; seen > maxCookies {
				return ""
			}
			key, value, _ := strings.Cut(pair, "=")
			if strings.TrimSpace(key) == name {
				return unquote(strings.TrimSpace(value))
			}
		}
	}
	return ""
}

func unquote(value string) string {
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		return value[1 : len(value)-1]
	}
	return value
}
