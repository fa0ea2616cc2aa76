package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/auth"
	"countersign/config"
)

// loadSessions is over how many sessions the load is spread.
const loadSessions = 10_000

// password is that of the first hundred users.
const password = "a password of the measurements"

const loginUsers = 100

// userID, sessionID and token name the seeded rows by their index, from 0 on; SQL below makes the same names.
func userID(i int) string    { return fmt.Sprintf("user%028d", i) }
func sessionID(i int) string { return fmt.Sprintf("sesn%028d", i) }
func token(i int) string     { return fmt.Sprintf("tokn%028d", i) }

// cookie is the value of a Cookie header for a seeded session, signed as Better Auth signs it.
func cookie(i int) string { return signedCookie(token(i)) }

func signedCookie(token string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(token))
	return "better-auth.session_token=" + url.QueryEscape(token+"."+base64.StdEncoding.EncodeToString(h.Sum(nil)))
}

// seed fills the tables of Better Auth. A session lives as long as one that was just made, so that Better Auth has
// no reason to write while it is measured.
var seed = []string{
	`INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt", role)
	 SELECT 'user' || lpad(i::text, 28, '0'), 'User number ' || i, 'user' || i || '@example.com', true, now(), now(), 'user'
	 FROM generate_series(0, $1::int - 1) i`,
	`INSERT INTO "session" (id, token, "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent")
	 SELECT 'sesn' || lpad(i::text, 28, '0'), 'tokn' || lpad(i::text, 28, '0'), 'user' || lpad((i % $1)::text, 28, '0'),
	   now() + interval '7 days', now(), now(), '127.0.0.1', 'bench'
	 FROM generate_series(0, 2 * $1::int - 1) i`,
}

const seedPasswords = `INSERT INTO "account" (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
	 SELECT id, id, 'credential', id, $2, now(), now() FROM "user" ORDER BY id LIMIT $1`

// seeded makes a database with users and twice as many sessions, and gives its URL.
func (b *bench) seeded(ctx context.Context, users int) (string, error) {
	at := b.cluster.Database(b.stage)
	if err := b.migrate(ctx, at); err != nil {
		return "", err
	}
	db, err := sql.Open("pgx", at)
	if err != nil {
		return "", err
	}
	defer func() { _ = db.Close() }()
	for _, statement := range seed {
		if _, err := db.ExecContext(ctx, statement, users); err != nil {
			return "", fmt.Errorf("seeding: %w", err)
		}
	}
	hash, err := auth.NewHasher(config.Scrypt).Hash(ctx, password)
	if err != nil {
		return "", err
	}
	if _, err := db.ExecContext(ctx, seedPasswords, loginUsers, hash.Reveal()); err != nil {
		return "", fmt.Errorf("seeding passwords: %w", err)
	}
	_, err = db.ExecContext(ctx, "VACUUM ANALYZE")
	return at, err
}

// insertSession and insertUser make single rows, on both databases.
const (
	insertUser = `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt", role, banned)
	 VALUES ($1, 'A user', $2, true, $3, $3, 'admin', false)`
	insertSession = `INSERT INTO "session" (id, token, "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent")
	 VALUES ($1, $2, $3, $4, $5, $5, '127.0.0.1', 'bench')`
)

// iso is a time as Better Auth writes it into SQLite; PostgreSQL reads it too.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// seedSmall makes a few rows, as a SQLite database of a small site has them.
func seedSmall(ctx context.Context, db *sql.DB, users int) error {
	now := time.Now()
	for i := range users {
		if _, err := db.ExecContext(ctx, insertUser, userID(i), fmt.Sprintf("user%d@example.com", i), iso(now)); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, insertSession, sessionID(i), token(i), userID(i), iso(now.Add(7*24*time.Hour)), iso(now)); err != nil {
			return err
		}
	}
	return nil
}

// cookieRequests writes requests for the load generator, spread evenly over all sessions of a database.
func (b *bench) cookieRequests(path string, sessions int) (string, error) {
	lines := make([]string, min(loadSessions, sessions))
	for i := range lines {
		lines[i] = path + "\tCookie\t" + cookie(i*(sessions/len(lines)))
	}
	return b.requestFile(lines)
}

// requestFile writes lines of path, header name and value.
func (b *bench) requestFile(lines []string) (string, error) {
	f, err := os.CreateTemp(b.dir, "requests-*.tsv")
	if err != nil {
		return "", err
	}
	w := bufio.NewWriter(f)
	_, _ = w.WriteString(strings.Join(lines, "\n") + "\n")
	if err := w.Flush(); err != nil {
		return "", err
	}
	return filepath.Join(b.dir, filepath.Base(f.Name())), f.Close()
}
