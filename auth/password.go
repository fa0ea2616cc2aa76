package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"regexp"
	"runtime"
	"strings"
	"unicode/utf16"

	"golang.org/x/crypto/scrypt"
	"golang.org/x/text/unicode/norm"

	"countersign/models"
)

// MinPassword and MaxPassword are the lengths Better Auth allows, in UTF-16 units before normalization.
const (
	MinPassword = 8
	MaxPassword = 128
)

// maxWaiting is how many passwords may wait for a slot; at some 18 a second and two cores the last waits 7 s.
const maxWaiting = 128

// betterAuthHash is how Better Auth writes a password: 16 bytes of salt and 64 of key, in hex.
var betterAuthHash = regexp.MustCompile(`^[0-9a-f]{32}:[0-9a-f]{128}$`)

// Hasher makes and checks password hashes of Better Auth's kind: scrypt with N 16384, r 16, p 1 over the
// NFKC form of the password, salted with the hex text's bytes and not the bytes it encodes. One takes 34 MB
// and a core for about 0.1 s, so no more run at once than there are cores.
type Hasher struct{ slots, room chan struct{} }

// NewHasher makes a hasher with as many slots as there are cores.
func NewHasher() *Hasher {
	n := runtime.GOMAXPROCS(0)
	return &Hasher{slots: make(chan struct{}, n), room: make(chan struct{}, n+maxWaiting)}
}

// Hash makes the text to store. models.ErrBusy when there is no room for another password.
func (h *Hasher) Hash(ctx context.Context, password string) (models.Secret, error) {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // it never fails: the runtime stops the program instead
	salt := hex.EncodeToString(raw)
	key, err := h.key(ctx, password, salt)
	return models.Secret(salt + ":" + hex.EncodeToString(key)), err
}

// Verify says whether a password belongs to a stored hash. It takes as long for a hash that is missing or
// malformed as for a good one, so that time does not tell which users there are. models.ErrBusy.
func (h *Hasher) Verify(ctx context.Context, stored models.Secret, password string) (bool, error) {
	text := stored.Reveal()
	usable := betterAuthHash.MatchString(text) && PasswordUnits(password) <= MaxPassword
	if !usable {
		text, password = emptyHash, ""
	}
	key, err := h.key(ctx, password, text[:32])
	if err != nil {
		return false, err
	}
	want, _ := hex.DecodeString(text[33:])
	return subtle.ConstantTimeCompare(key, want) == 1 && usable, nil
}

// emptyHash stands for a hash that cannot be used. No password verifies against it.
var emptyHash = strings.Repeat("0", 32) + ":" + strings.Repeat("0", 128)

func (h *Hasher) key(ctx context.Context, password, salt string) ([]byte, error) {
	select {
	case h.room <- struct{}{}:
		defer func() { <-h.room }()
	default:
		return nil, models.ErrBusy
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return scrypt.Key([]byte(norm.NFKC.String(password)), []byte(salt), 16384, 16, 1, 64)
}

// PasswordUnits is the length of a password as JavaScript counts it.
func PasswordUnits(password string) int { return len(utf16.Encode([]rune(password))) }
