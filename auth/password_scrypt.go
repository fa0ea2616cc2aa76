package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"regexp"
	"strings"

	"golang.org/x/crypto/scrypt"
	"golang.org/x/text/unicode/norm"
)

// betterAuthHash is how Better Auth writes a password: 16 bytes of salt and 64 of key, in hex.
var betterAuthHash = regexp.MustCompile(`^[0-9a-f]{32}:[0-9a-f]{128}$`)

var nobodyScrypt = strings.Repeat("0", 32) + ":" + strings.Repeat("0", 128)

func hashScrypt(password string) (string, error) {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // it never fails: the runtime stops the program instead
	salt := hex.EncodeToString(raw)
	key, err := scryptKey(password, salt)
	return salt + ":" + hex.EncodeToString(key), err
}

func readScrypt(stored string) passwordCheck {
	if !betterAuthHash.MatchString(stored) {
		return nil
	}
	want, _ := hex.DecodeString(stored[33:])
	return func(password string) bool {
		key, err := scryptKey(password, stored[:32])
		return err == nil && subtle.ConstantTimeCompare(key, want) == 1
	}
}

// scryptKey is Better Auth's: scrypt with N 16384, r 16, p 1 over the NFKC form of the password, salted with the
// hex text's bytes and not the bytes it encodes. It takes 34 MB.
func scryptKey(password, salt string) ([]byte, error) {
	return scrypt.Key([]byte(norm.NFKC.String(password)), []byte(salt), 16384, 16, 1, 64)
}
