package config

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Nothing may panic, and what is printed may not hold the password, however
// wrongly it is written. What is accepted, pgx must be able to read.
func FuzzDatabaseURL(f *testing.F) {
	for _, seed := range []string{"", "p@ss", "1/2", "1?2", "1#2", "%", "%zz", "a:b", "@h/d?x=", ":5432/", "]", ",", "\x00", "&host=", "//"} {
		f.Add(seed, "postgresql", "@h:5432/d?schema=x")
		f.Add(seed, "postgres+asyncpg", "@/d?host=/tmp")
		f.Add(seed, "sqlite", "@h")
	}
	const canary = "pWcAnArY"
	f.Fuzz(func(t *testing.T, password, scheme, tail string) {
		_, _ = parseDatabaseURL(password)
		_, _ = parseDatabaseURL(scheme + "://" + password + tail)
		if !strings.HasPrefix(tail, "@") { // what follows the password in a URL
			tail = "@" + tail
		}
		for _, secret := range []string{canary + password, password + canary} {
			for _, text := range []string{"postgres://u:" + secret + tail, scheme + "://u:" + secret + tail} {
				d, err := parseDatabaseURL(text)
				if err != nil && strings.Contains(err.Error(), canary) {
					t.Errorf("%q: %v", text, err)
				}
				if d.Dialect != Postgres {
					continue
				}
				if strings.Contains(d.String(), canary) {
					t.Errorf("%q prints as %s", text, d)
				}
			}
		}
	})
}

func FuzzPostgresURL(f *testing.F) {
	for _, seed := range []string{"u:p@h/d", "h", "u@[::1]:5432/d?sslmode=require", "a,b:1/d?options=-c%20x%3Dy", "h/d?port=1&host=/x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rest string) {
		d, err := parseDatabaseURL("postgres://" + rest)
		if err != nil || strings.Contains(rest, "ssl") || strings.Contains(rest, "passfile") || strings.Contains(rest, "require_auth") {
			return // those name files, or have values that only pgx checks
		}
		again, err := parseDatabaseURL(d.URL.Reveal())
		if err != nil || again.URL != d.URL {
			t.Errorf("%q: cleaning twice gives %q, %v", d.URL.Reveal(), again.URL.Reveal(), err)
		}
		if _, err := pgx.ParseConfig(d.URL.Reveal()); err != nil {
			t.Errorf("%q: %v", d.URL.Reveal(), err)
		}
	})
}
