package auth

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"countersign/config"
	"countersign/models"
)

// MinPassword and MaxPassword are the lengths Better Auth allows, in UTF-16 units before normalization.
const (
	MinPassword = 8
	MaxPassword = 128
)

// maxWaiting is how many passwords may wait for a slot; at some 18 a second and two cores the last waits 7 s.
const maxWaiting = 128

// passwordKind is one way of hashing passwords.
type passwordKind struct {
	// hash makes the text to store.
	hash func(password string) (string, error)
	// read gives what checks passwords against a stored text, or nil when the text is not a hash of this kind or
	// asks for more work than one password may cost. It does no work itself.
	read func(stored string) passwordCheck
	// nobody is a hash that stands for one that cannot be used, and takes as long as what hash makes.
	nobody string
	// maxBytes is the length after which a password's bytes do not count; 0 for none.
	maxBytes int
}

type passwordCheck func(password string) bool

var passwordKinds = map[config.PasswordHash]passwordKind{
	config.Scrypt:   {hashScrypt, readScrypt, nobodyScrypt, 0},
	config.Bcrypt:   {hashBcrypt, readBcrypt, nobodyBcrypt, maxBcrypt},
	config.Argon2id: {hashArgon2id, readArgon2id, nobodyArgon2id, 0},
}

// kindOfHash gives the kind of a stored hash and what checks passwords against it; "" and nil when no password
// can be checked against it.
func kindOfHash(stored models.Secret) (config.PasswordHash, passwordCheck) {
	for name, kind := range passwordKinds {
		if check := kind.read(stored.Reveal()); check != nil {
			return name, check
		}
	}
	return "", nil
}

// UsableHash says whether passwords can be checked against a stored hash: of a known kind, whole, and asking for
// no more work than one password may cost.
func UsableHash(stored models.Secret) bool {
	_, check := kindOfHash(stored)
	return check != nil
}

// Hasher makes password hashes of one kind and checks those of all. A hash takes tens of megabytes and a core
// for about 0.1 s, so no more run at once than there are cores.
type Hasher struct {
	kind        config.PasswordHash
	slots, room chan struct{}
	refused     atomic.Uint64

	// Took is told how many seconds each hash took, the wait for a slot left out; nil where nobody wants to know.
	Took func(seconds float64)
}

// NewHasher makes a hasher that writes one kind, with as many slots as there are cores.
func NewHasher(kind config.PasswordHash) *Hasher {
	n := runtime.GOMAXPROCS(0)
	return &Hasher{kind: kind, slots: make(chan struct{}, n), room: make(chan struct{}, n+maxWaiting)}
}

// tooLong gives how many bytes of a password the kind that is written looks at, when the password has more; else 0.
func (h *Hasher) tooLong(password string) (limit int) {
	if limit = passwordKinds[h.kind].maxBytes; len(password) > limit {
		return limit
	}
	return 0
}

// Hash makes the text to store. models.ErrBusy when there is no room for another password.
func (h *Hasher) Hash(ctx context.Context, password string) (models.Secret, error) {
	var hash string
	var failed error
	if err := h.slot(ctx, func() { hash, failed = passwordKinds[h.kind].hash(password) }); err != nil {
		return "", err
	}
	return models.Secret(hash), failed
}

// Verify says whether a password belongs to a stored hash. It takes as long for a hash that is missing or
// malformed as for a good one of the kind that is written, so that time does not tell which users there are.
// models.ErrBusy.
func (h *Hasher) Verify(ctx context.Context, stored models.Secret, password string) (bool, error) {
	_, check := kindOfHash(stored)
	usable := check != nil && PasswordUnits(password) <= MaxPassword
	if !usable {
		kind := passwordKinds[h.kind]
		check, password = kind.read(kind.nobody), ""
	}
	right := false
	err := h.slot(ctx, func() { right = check(password) })
	return right && usable, err
}

// Outdated says whether a stored hash is of another kind than the one that is written.
func (h *Hasher) Outdated(stored models.Secret) bool {
	kind, _ := kindOfHash(stored)
	return kind != h.kind
}

// slot runs work that takes a core and memory when there is room for it.
func (h *Hasher) slot(ctx context.Context, work func()) error {
	select {
	case h.room <- struct{}{}:
		defer func() { <-h.room }()
	default:
		h.refused.Add(1)
		return models.ErrBusy
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	start := time.Now()
	quietly(work)
	if h.Took != nil {
		h.Took(time.Since(start).Seconds())
	}
	return nil
}

// HasherStats is what a hasher is at, and how many passwords it had no room for since the start.
type HasherStats struct {
	Slots, Running, Waiting int
	Refused                 uint64
}

// Stats gives the figures for whoever watches the program.
func (h *Hasher) Stats() HasherStats {
	running := len(h.slots)
	return HasherStats{cap(h.slots), running, max(0, len(h.room)-running), h.refused.Load()}
}

// ValidPassword says whether a new password is as long as Better Auth wants it, and text.
func ValidPassword(password string) bool {
	n := PasswordUnits(password)
	return n >= MinPassword && n <= MaxPassword && utf8.ValidString(password) && !strings.ContainsRune(password, 0)
}

// PasswordUnits is the length of a password as JavaScript counts it.
func PasswordUnits(password string) int { return len(utf16.Encode([]rune(password))) }
