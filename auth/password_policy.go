package auth

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"countersign/models"
)

// commonPasswords are sorted, in lower case, a line each, and of at least MinPassword characters;
// common_passwords.LICENSE says where they come from.
//
//go:embed common_passwords.txt
var commonPasswords string

var sortedCommon = sync.OnceValue(func() []string { return strings.Split(strings.TrimSuffix(commonPasswords, "\n"), "\n") })

// acceptable answers models.InvalidError, naming the request's field, for a new password that must not be stored.
func (l *Local) acceptable(field, password string) error {
	message := ""
	if !ValidPassword(password) {
		message = fmt.Sprintf("must have %d to %d characters", MinPassword, MaxPassword)
	} else if limit := l.Hasher.tooLong(password); limit > 0 {
		message = fmt.Sprintf("must have at most %d bytes: letters with accents take 2 or 3, emoji 4", limit)
	} else if l.RefuseCommon && isCommon(password) {
		message = "is one of the most common passwords"
	}
	if message == "" {
		return nil
	}
	return models.InvalidError(models.FieldError{Field: field, Message: message})
}

// isCommon ignores case, and spellings that the hash ignores too: full-width letters, say.
func isCommon(password string) bool {
	_, found := slices.BinarySearch(sortedCommon(), strings.ToLower(norm.NFKC.String(password)))
	return found
}
