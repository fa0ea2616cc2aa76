package auth

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/config"
	"countersign/models"
)

// foreignHashes are what other programs made of foreignPassword.
var foreignHashes = map[string]string{
	"Python's bcrypt 5":      "$2b$04$GhPuWX/EJkN9bAIXKPXFNuJeDVu0546RXItBFRHAWV/Ty3G5dzapG",
	"Python's bcrypt, $2a$":  "$2a$05$IxEkPAzIOq9.6Bb/j6EwLe21rSoouB0t2mdYR8uJCAI0TYfBum1N2",
	"PHP's name for it":      "$2y$05$IxEkPAzIOq9.6Bb/j6EwLe21rSoouB0t2mdYR8uJCAI0TYfBum1N2",
	"bcryptjs 3.0.3":         "$2b$04$EBFhnhLHuFxxejWnLNhfD.xGlwaJK8CuizAeGb5swWJeAstgeIzMi",
	"argon2-cffi":            "$argon2id$v=19$m=65536,t=3,p=4$tljHrU1LvyvjArydGDi8/w$JVhUCwGrr8qnWRqjjAOOxAhNHeQvTvK/ie18rC++B6Y",
	"argon2-cffi, the least": "$argon2id$v=19$m=64,t=1,p=2$FjWSQseH/Uo$cNMdS8ECL3Mlf1vTMxH5qw",
	"hash-wasm 4.13.0":       "$argon2id$v=19$m=19456,t=2,p=1$RpdJ0a3aVeRz7fXPkmyrsw$NodiDe1IYKHnpuHDBRGRUnTbZ+iP+T31ECmyAmTWGZg",
}

const (
	foreignPassword = "pässwörd-①"
	small           = "$argon2id$v=19$m=64,t=1,p=2$FjWSQseH/Uo$cNMdS8ECL3Mlf1vTMxH5qw"
	fast            = "$2b$04$GhPuWX/EJkN9bAIXKPXFNuJeDVu0546RXItBFRHAWV/Ty3G5dzapG"
	// fast80 is bcryptjs' of 80 times x: it looked at 72.
	fast80 = "$2b$04$7xBSGQ8rmwP9d3XbUjNO3.snM7hkCcFexgqTMMp950Xm2gvjEup0m"
)

// Whichever kind is written, all are verified; only Better Auth's own format takes another spelling of the
// same letters.
func TestVerifyForeignHashes(t *testing.T) {
	t.Parallel()
	for maker, hash := range foreignHashes {
		if !verify(t, NewHasher(config.Scrypt), hash, foreignPassword) {
			t.Errorf("%s: does not verify", maker)
		}
	}
	for written := range passwordKinds {
		h := NewHasher(written)
		for _, hash := range []string{fast, small} {
			if !verify(t, h, hash, foreignPassword) {
				t.Errorf("%s, %s: does not verify", written, hash)
			}
			for _, wrong := range []string{"", "pa\u0308sswo\u0308rd-①", "pässwörd-1", foreignPassword + " "} {
				if verify(t, h, hash, wrong) {
					t.Errorf("%s: %q verifies", hash, wrong)
				}
			}
		}
	}
}

func TestHashIsOfItsKind(t *testing.T) {
	t.Parallel()
	for kind, begin := range map[config.PasswordHash]string{config.Bcrypt: "$2a$10$", config.Argon2id: "$argon2id$v=19$m=19456,t=2,p=1$"} {
		h := NewHasher(kind)
		one, err := h.Hash(t.Context(), foreignPassword)
		other, _ := h.Hash(t.Context(), foreignPassword)
		if err != nil || !strings.HasPrefix(one.Reveal(), begin) || one == other {
			t.Fatalf("%s: %v, %q", kind, err, one.Reveal())
		}
		if !verify(t, h, one.Reveal(), foreignPassword) || verify(t, h, one.Reveal(), "pässwörd-1") {
			t.Errorf("%s: does not verify its own, or another", kind)
		}
		if h.Outdated(one) || !h.Outdated(models.Secret(passwordVectors(t)[0].Hash)) || !NewHasher(config.Scrypt).Outdated(one) {
			t.Errorf("%s: Outdated", kind)
		}
	}
}

func TestBcryptLooksAt72Bytes(t *testing.T) {
	t.Parallel()
	h := NewHasher(config.Bcrypt)
	if !verify(t, h, fast80, strings.Repeat("x", 80)) || !verify(t, h, fast80, strings.Repeat("x", 72)) || verify(t, h, fast80, strings.Repeat("x", 71)) {
		t.Error("a hash of a longer password")
	}
	if _, err := h.Hash(t.Context(), strings.Repeat("x", 73)); err == nil || h.tooLong(strings.Repeat("x", 73)) != 72 || h.tooLong(strings.Repeat("x", 72)) != 0 {
		t.Error("73 bytes are hashed")
	}
}

// unusable are hashes that are malformed, or ask for more work than one password may cost.
func unusable() map[string]string {
	argon := func(parameters string) string {
		return "$argon2id$v=19$" + parameters + "$FjWSQseH/Uo$cNMdS8ECL3Mlf1vTMxH5qw"
	}
	return map[string]string{
		"bcrypt, cost 31": "$2b$31" + fast[6:], "bcrypt, cost 15": "$2b$15" + fast[6:], "bcrypt, cost 3": "$2b$03" + fast[6:],
		"bcrypt, cost 99": "$2b$99" + fast[6:], "bcrypt, cost -1": "$2b$-1" + fast[6:], "bcrypt with a mistake": "$2x$04" + fast[6:],
		"bcrypt without a letter": "$2$04" + fast[6:], "bcrypt cut": fast[:59], "bcrypt, longer": fast + "a", "bcrypt, line break": fast + "\n",
		"bcrypt alone": "$2b$", "bcrypt, 1 MB": fast[:7] + strings.Repeat("a", 1<<20), "bcrypt, another letter": fast[:59] + "!",
		"argon2id, 4 GiB": argon("m=4194304,t=1,p=1"), "argon2id, 129 MiB": argon("m=131073,t=1,p=1"), "argon2id, most of 32 bits": argon("m=4294967295,t=4294967295,p=255"),
		"argon2id, more than 64 bits": argon("m=18446744073709551617,t=1,p=1"), "argon2id, long": argon("m=131072,t=5,p=1"), "argon2id, very long": argon("m=64,t=9999,p=2"),
		"argon2id, no time": argon("m=64,t=0,p=1"), "argon2id, no lanes": argon("m=64,t=1,p=0"), "argon2id, 17 lanes": argon("m=256,t=1,p=17"),
		"argon2id, less than its lanes need": argon("m=15,t=1,p=2"), "argon2id, another order": argon("t=1,m=64,p=2"), "argon2id, zeros before": argon("m=064,t=1,p=2"),
		"argon2id, version 16": strings.Replace(small, "v=19", "v=16", 1), "argon2id, no version": strings.Replace(small, "v=19$", "", 1),
		"argon2i": strings.Replace(small, "argon2id", "argon2i", 1), "argon2id, no key": small[:len(small)-23], "argon2id cut": small[:len(small)-4],
		"argon2id, padded": small + "==", "argon2id, stray bits": small[:len(small)-1] + "x", "argon2id, short salt": strings.Replace(small, "FjWSQseH/Uo", "FjWSQseH", 1),
		"argon2id, 1 MB of key": small + strings.Repeat("a", 1<<20), "argon2id, line break": small + "\n", "argon2id, key id": argon("m=64,t=1,p=2,keyid=AAAA"),
		"pbkdf2": "pbkdf2_sha256$600000$salt$key", "plain": foreignPassword, "Django's none": "!",
	}
}

// What cannot be used is a wrong password after one hash's work of the kind that is written, and no more.
func TestUnusableHashes(t *testing.T) {
	t.Parallel()
	for _, hash := range []string{small, fast} {
		if !UsableHash(models.Secret(hash)) {
			t.Fatalf("%s is not usable", hash)
		}
	}
	for name, stored := range unusable() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if UsableHash(models.Secret(stored)) {
				t.Fatal("is usable")
			}
			if strings.HasPrefix(name, "argon2id, 4") && verify(t, NewHasher(config.Argon2id), stored, foreignPassword) {
				t.Error("verifies")
			}
		})
	}
}

// costs is what a hash says before its salt.
var costs = regexp.MustCompile(`^(\$2a\$[0-9]+\$|\$argon2id\$[^$]+\$[^$]+\$)?`)

// What stands for nobody's hash costs what a good one costs, which is all that time could tell.
func TestNobodysHash(t *testing.T) {
	t.Parallel()
	for name, kind := range passwordKinds {
		good, err := kind.hash(foreignPassword)
		if err != nil || kind.read(kind.nobody) == nil {
			t.Fatalf("%s: %v, or nobody's hash is not one", name, err)
		}
		if costs.FindString(good) != costs.FindString(kind.nobody) || len(good) != len(kind.nobody) {
			t.Errorf("%s: %q costs other than %q", name, kind.nobody, good)
		}
		for _, password := range []string{"", foreignPassword} {
			if verify(t, NewHasher(name), kind.nobody, password) {
				t.Errorf("%s: %q is nobody's password", name, password)
			}
		}
	}
}

// A hash that reads within its bounds is one that can be hashed with: the libraries panic outside them.
func FuzzReadHash(f *testing.F) {
	for _, stored := range unusable() {
		if len(stored) < 1000 {
			f.Add(stored)
		}
	}
	for _, stored := range foreignHashes {
		f.Add(stored)
	}
	stuck := &Hasher{kind: config.Bcrypt, slots: make(chan struct{}), room: make(chan struct{}, 1)}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	f.Fuzz(func(t *testing.T, stored string) {
		if ok, err := stuck.Verify(over, models.Secret(stored), "x"); ok || !errors.Is(err, context.Canceled) {
			t.Fatalf("%q, not hashed: %v, %v", stored, ok, err)
		}
		check := readArgon2id(stored)
		if check == nil {
			return
		}
		var m, p, lanes int
		if n, _ := fmt.Sscanf(stored, "$argon2id$v=19$m=%d,t=%d,p=%d$", &m, &p, &lanes); n != 3 || m > 1<<17 || m*p > 1<<19 || lanes < 1 || lanes > 16 || m < 8*lanes || p < 1 {
			t.Fatalf("%q is out of bounds", stored)
		}
		if m*p < 1<<10 && check("x") {
			t.Fatalf("%q: verifies", stored)
		}
	})
}

func TestCommonPasswords(t *testing.T) {
	t.Parallel()
	list := sortedCommon()
	if len(list) != 8354 || !slices.IsSorted(list) {
		t.Fatalf("%d passwords, or they are not sorted", len(list))
	}
	for _, p := range list {
		if PasswordUnits(p) < MinPassword || p != strings.ToLower(p) {
			t.Errorf("%q is never met", p)
		}
	}
	for password, common := range map[string]bool{"password": true, "PassWord": true, "1q2w3e4r5t": true, list[0]: true, list[8353]: true, "password ": false, "correct-horse-battery": false, "": false} {
		if isCommon(password) != common {
			t.Errorf("%q: %v", password, !common)
		}
	}
}
