package tests

import (
	"sync"
	"testing"
)

// ledger remembers each write that was answered as done, by the kind of row that must be there ever after.
type ledger struct {
	mu   sync.Mutex
	owed map[string][]string
}

// ledgerQueries give what is there of a kind: titles of posts, and the addresses of users who can sign in.
func ledgerQueries(s *server) map[string]string {
	return map[string]string{
		"post": `SELECT title FROM ` + s.own("posts"),
		"user": `SELECT u.email FROM "user" u JOIN "account" a ON a."userId" = u.id WHERE a.password IS NOT NULL`,
	}
}

// note enters a write that was answered.
func (l *ledger) note(kind, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.owed == nil {
		l.owed = map[string][]string{}
	}
	l.owed[kind] = append(l.owed[kind], value)
}

// check fails for each entry that is not there exactly once, and where there are fewer entries of a kind than a
// test that means something has; it gives their number.
func (l *ledger) check(t *testing.T, s *server, least int) (entries int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for kind, query := range ledgerQueries(s) {
		if l.owed[kind] == nil {
			continue
		}
		there := map[string]int{}
		for _, value := range baRows(t, s, query) {
			there[value]++
		}
		for _, value := range l.owed[kind] {
			if there[value] != 1 {
				t.Errorf("the %s %s was answered as done, and is there %d times", kind, value, there[value])
			}
		}
		if n := len(l.owed[kind]); n < least {
			t.Errorf("only %d writes of a %s were answered, want %d", n, kind, least)
		}
		entries += len(l.owed[kind])
	}
	if entries == 0 {
		t.Error("no write was answered")
	}
	found(t, "ledger: %d answered writes, each there once", entries)
	return entries
}
