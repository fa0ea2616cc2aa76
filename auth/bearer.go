package auth

import (
	"net/http"
	"strings"
)

// maxBearer bounds a bearer token in bytes: longer ones are refused before any cryptography.
const maxBearer = 8 << 10

// bearer gives the token of the Authorization header, "" when the request has none. Two headers, or more
// than one word after the scheme, are none: it would not be clear which was meant.
func bearer(r *http.Request) string {
	headers := r.Header["Authorization"]
	if len(headers) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	token = strings.Trim(token, " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.ContainsAny(token, " \t") || len(token) > maxBearer {
		return ""
	}
	return token
}
