package auth

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"countersign/config"
	"countersign/models"
)

// passwordVectors are hashes that Better Auth itself made.
func passwordVectors(t testing.TB) []struct{ Password, Hash string } {
	t.Helper()
	text, err := os.ReadFile("../tests/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Password []struct{ Password, Hash string }
	}
	if err := json.Unmarshal(text, &file); err != nil || len(file.Password) == 0 {
		t.Fatal("the vectors have no passwords", err)
	}
	return file.Password
}

// composed, decomposed and full-width forms of one password: NFKC makes them one.
var sameAfterNFKC = []string{"pässwörd-①", "pa\u0308sswo\u0308rd-1", "ｐässwörd-1"}

func verify(t *testing.T, h *Hasher, stored, password string) bool {
	t.Helper()
	ok, err := h.Verify(t.Context(), models.Secret(stored), password)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestVerifyBetterAuthHashes(t *testing.T) {
	t.Parallel()
	h := NewHasher(config.Scrypt)
	for _, v := range passwordVectors(t) {
		if !verify(t, h, v.Hash, v.Password) {
			t.Errorf("%.20q does not verify", v.Password)
		}
	}
}

func TestHashIsBetterAuths(t *testing.T) {
	t.Parallel()
	h := NewHasher(config.Scrypt)
	hash, err := h.Hash(t.Context(), sameAfterNFKC[0])
	again, _ := h.Hash(t.Context(), sameAfterNFKC[0])
	if err != nil || !betterAuthHash.MatchString(hash.Reveal()) || hash == again {
		t.Fatalf("%v: %q and %q", err, hash.Reveal(), again.Reveal())
	}
	for _, password := range sameAfterNFKC[1:] {
		if !verify(t, h, hash.Reveal(), password) {
			t.Errorf("%q does not verify", password)
		}
	}
	for _, password := range []string{"", sameAfterNFKC[0] + " ", strings.ToUpper(sameAfterNFKC[0])} {
		if verify(t, h, hash.Reveal(), password) {
			t.Errorf("%q verifies", password)
		}
	}
}

// A stored hash that is none is no login, whatever the password: never a panic, never an error.
func TestVerifyMalformedHash(t *testing.T) {
	t.Parallel()
	h := NewHasher(config.Scrypt)
	v := passwordVectors(t)[0]
	for name, stored := range map[string]string{
		"empty": "", "letter": "a", "colon": ":", "three parts": "a:b:c", "salt alone": v.Hash[:33], "key alone": v.Hash[32:],
		"not hex": "g" + v.Hash[1:], "upper case": strings.ToUpper(v.Hash), "line break": v.Hash + "\n", "one short": v.Hash[:160],
		"one long": v.Hash + "0", "NUL": v.Hash + "\x00", "1 MB": strings.Repeat("a", 1<<20), "1 MB after": v.Hash + strings.Repeat("0", 1<<20),
		"what stands in for none": nobodyScrypt, "invalid UTF-8": "\xff:\xff",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if verify(t, h, stored, v.Password) {
				t.Error("verifies")
			}
		})
	}
}

// A password over the limit is not hashed at all: NFKC may make text eighteen times longer.
func TestVerifyOverlongPassword(t *testing.T) {
	t.Parallel()
	h := NewHasher(config.Scrypt)
	hash, err := h.Hash(t.Context(), strings.Repeat("x", 129))
	if err != nil {
		t.Fatal(err)
	}
	if verify(t, h, hash.Reveal(), strings.Repeat("x", 129)) {
		t.Error("129 units verify")
	}
}

func TestPasswordUnits(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "ä": 1, "🔐": 2, "a\u0308": 2, "\xff": 1} {
		if got := PasswordUnits(text); got != want {
			t.Errorf("%q has %d units, want %d", text, got, want)
		}
	}
}

// With no room left a password is not queued; with room but no slot it waits as long as its request lives.
func TestHasherWhenFull(t *testing.T) {
	t.Parallel()
	h := &Hasher{kind: config.Scrypt, slots: make(chan struct{}, 1), room: make(chan struct{}, 2)}
	h.slots <- struct{}{} // somebody hashes
	h.room <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	waiting.Go(func() {
		if _, err := h.Hash(ctx, "waits"); !errors.Is(err, context.Canceled) {
			t.Errorf("a request that ended: %v", err)
		}
	})
	for len(h.room) < 2 {
		runtime.Gosched() // until the goroutine above has taken the last room
	}
	if _, err := h.Hash(t.Context(), "third"); !errors.Is(err, models.ErrBusy) {
		t.Errorf("Hash: %v", err)
	}
	if ok, err := h.Verify(t.Context(), models.Secret(passwordVectors(t)[0].Hash), passwordVectors(t)[0].Password); ok || !errors.Is(err, models.ErrBusy) {
		t.Errorf("Verify: %v, %v", ok, err)
	}
	cancel()
	waiting.Wait()
	<-h.slots
	<-h.room
	if len(h.room) != 0 {
		t.Error("a request that ended keeps its room")
	}
	if _, err := h.Hash(t.Context(), "now"); err != nil {
		t.Errorf("after the rush: %v", err)
	}
}

// Whatever is stored, it never panics and never verifies a password that did not make it. Hashing takes too
// long for a fuzzer, so only what has the form of a hash is hashed; the rest must fail without.
func FuzzVerify(f *testing.F) {
	v := passwordVectors(f)[0]
	for _, stored := range []string{v.Hash, "", ":", "a:b:c", nobodyScrypt, v.Hash[:160], strings.ToUpper(v.Hash), v.Hash + "\n"} {
		f.Add(stored, "wrong password")
	}
	h, stuck := NewHasher(config.Scrypt), &Hasher{kind: config.Scrypt, slots: make(chan struct{}), room: make(chan struct{}, 1)}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	f.Fuzz(func(t *testing.T, stored, password string) {
		if ok, err := stuck.Verify(over, models.Secret(stored), password); ok || !errors.Is(err, context.Canceled) {
			t.Fatalf("%q with %q, not hashed: %v, %v", stored, password, ok, err)
		}
		salt, key, _ := strings.Cut(stored, ":")
		if len(salt) != 32 || len(key) != 128 || stored == v.Hash && password == v.Password {
			return
		}
		if ok, err := h.Verify(t.Context(), models.Secret(stored), password); ok || err != nil {
			t.Fatalf("%q with %q: %v, %v", stored, password, ok, err)
		}
	})
}
