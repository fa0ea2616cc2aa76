package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"

	"countersign/models"
)

// maxSignedValue bounds a signed value in bytes. Better Auth's own has 77.
const maxSignedValue = 512

// signatureLength is that of base64(HMAC-SHA256) with padding.
const signatureLength = 44

// unsign takes the token out of a signed value, token.base64(HMAC-SHA256(secret, token)), as Better Auth
// signs its session cookie. The value may be percent-encoded, once. The reason is empty when the signature holds.
func unsign(secret []byte, value string) (token models.Secret, reason string) {
	if len(value) > maxSignedValue {
		return "", "value too long"
	}
	// Not QueryUnescape: a plus sign is part of the signature and never a space.
	value, err := url.PathUnescape(value)
	if err != nil {
		return "", "value is not percent-encoded correctly"
	}
	dot := strings.LastIndexByte(value, '.')
	if dot < 1 {
		return "", "value is not signed"
	}
	signature := value[dot+1:]
	if len(signature) != signatureLength || signature[signatureLength-1] != '=' {
		return "", "signature has not the form of one"
	}
	given, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil {
		return "", "signature is not base64"
	}
	if !hmac.Equal(given, mac(secret, value[:dot])) {
		return "", "signature does not match: BETTER_AUTH_SECRET differs from the one that signed it"
	}
	if !plain(value[:dot]) {
		return "", "token has characters that no token has"
	}
	return models.Secret(value[:dot]), ""
}

// SignCookie gives the value of a session's cookie as Better Auth sends it.
func SignCookie(token models.Secret, secret []byte) string {
	text := token.Reveal()
	return url.QueryEscape(text + "." + base64.StdEncoding.EncodeToString(mac(secret, text)))
}

func mac(secret []byte, text string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// plain says whether text is printable ASCII of 1 to 255 bytes, as every token and id is. A database would
// answer some other text, a NUL say, with an error instead of "not there".
func plain(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return text != "" && len(text) <= 255
}
