package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"

	"golang.org/x/crypto/argon2"
)

// What is written: OWASP's recommendation for argon2id, memory in KiB.
const (
	argonMemory, argonTime, argonLanes = 19456, 2, 1
	argonSalt, argonKey                = 16, 32
)

// What a stored hash may ask for: 128 MiB at once, as many in each slot, and 512 MiB written in all, which takes
// about half a second. Django's m=102400,t=2,p=8 and argon2-cffi's m=65536,t=3,p=4 are within.
const maxArgonMemory, maxArgonWork, maxArgonLanes = 131072, 524288, 16

// argonHash is the PHC string format (github.com/P-H-C/phc-string-format) as the argon2 library writes it: no
// padding, no leading zeros, 8 to 64 bytes of salt and 16 to 64 of key.
var argonHash = regexp.MustCompile(`^\$argon2id\$v=19\$m=([1-9][0-9]{0,5}),t=([1-9][0-9]{0,3}),p=([1-9][0-9]?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$`)

var nobodyArgon2id = writeArgon2id(make([]byte, argonSalt), make([]byte, argonKey))

// hashArgon2id takes the password as it was typed, as Better Auth hands it to functions of its user's.
func hashArgon2id(password string) (string, error) {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // it never fails: the runtime stops the program instead
	return writeArgon2id(salt, argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey)), nil
}

func writeArgon2id(salt, key []byte) string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, encode(salt), encode(key))
}

func readArgon2id(stored string) passwordCheck {
	parts := argonHash.FindStringSubmatch(stored)
	if parts == nil {
		return nil
	}
	memory, _ := strconv.Atoi(parts[1])
	passes, _ := strconv.Atoi(parts[2])
	lanes, _ := strconv.Atoi(parts[3])
	if memory < 8*lanes || memory > maxArgonMemory || memory*passes > maxArgonWork || lanes > maxArgonLanes {
		return nil
	}
	salt, saltErr := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	want, keyErr := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if saltErr != nil || keyErr != nil {
		return nil
	}
	return func(password string) bool {
		key := argon2.IDKey([]byte(password), salt, uint32(passes), uint32(memory), uint8(lanes), uint32(len(want)))
		return subtle.ConstantTimeCompare(key, want) == 1
	}
}
