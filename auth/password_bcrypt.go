package auth

import (
	"regexp"

	"golang.org/x/crypto/bcrypt"
)

const (
	// bcryptCost is bcryptjs' unless told otherwise, OWASP's least, and takes as long as Better Auth's scrypt.
	bcryptCost = 10
	// maxBcrypt is how many bytes of a password bcrypt looks at.
	maxBcrypt = 72
)

// bcryptHash has costs from 4 to 14, which takes one or two seconds; each further step doubles that. $2a$, $2b$ and
// $2y$ are one algorithm, named after the mistakes of others; $2x$ is such a mistake.
var bcryptHash = regexp.MustCompile(`^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$`)

const nobodyBcrypt = "$2a$10$......................0000000000000000000000000000000"

// hashBcrypt takes the password as it was typed, as Better Auth hands it to functions of its user's.
func hashBcrypt(password string) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcryptCost)
	return string(hash), err
}

func readBcrypt(stored string) passwordCheck {
	if !bcryptHash.MatchString(stored) {
		return nil
	}
	return func(password string) bool {
		return bcrypt.CompareHashAndPassword([]byte(stored), []byte(password)) == nil
	}
}
