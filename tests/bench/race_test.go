package main

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// fakeSite is two instances that ask the database, and answer as if a session were there in the nth answers that lies
// names, counted from 1 once it is gone.
func fakeSite(t *testing.T, lies ...int64) *site {
	t.Helper()
	db, err := openSQLite(filepath.Join(t.TempDir(), "fake.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for _, statement := range []string{
		`CREATE TABLE "user" (id, name, email, "emailVerified", "createdAt", "updatedAt", role, banned)`,
		`CREATE TABLE "session" (id, token, "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent")`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	s := &site{name: "fake", db: db}
	for range 2 {
		instance := httptest.NewServer(forgetful(db, lies))
		t.Cleanup(instance.Close)
		s.urls = append(s.urls, instance.URL)
	}
	return s
}

func forgetful(db *sql.DB, lies []int64) http.HandlerFunc {
	var after atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		var there int
		value, _ := r.Cookie("better-auth.session_token")
		token, _, _ := strings.Cut(value.Value, ".")
		if err := db.QueryRowContext(r.Context(), `SELECT count(*) FROM "session" WHERE token = $1`, token).Scan(&there); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if there > 0 {
			return
		}
		n := after.Add(1)
		for _, lie := range lies {
			if n == lie {
				return
			}
		}
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// What the races are for: an instance that answers from what it remembers is seen, also when it first knew and then
// forgot again.
func TestRunSeesStaleAnswers(t *testing.T) {
	for _, c := range []struct {
		name    string
		lies    []int64
		stale   bool
		answers int
	}{
		{"honest", nil, false, 2 * calm},
		// The first answer may have been asked for before the delete had returned; the second was not.
		{"late", []int64{1, 2, 3}, true, 0},
		{"put back", []int64{4}, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := fakeSite(t, c.lies...)
			o, err := s.run(t.Context(), trial{change: changes[0], warm: true, readers: 1})
			if err != nil {
				t.Fatal(err)
			}
			if got := percentile(o.stale, 1) > 0; got != c.stale {
				t.Errorf("stale: %v, want %t", o.stale, c.stale)
			}
			if c.answers > 0 && o.answers != c.answers {
				t.Errorf("%d answers after the commit, want %d", o.answers, c.answers)
			}
		})
	}
}

// A stale answer beyond the limit misses the goal, and its trial is counted.
func TestMeasureCountsLateTrials(t *testing.T) {
	v := &revocations{b: &bench{report: newReport()}}
	for _, s := range []*site{fakeSite(t), fakeSite(t, 2, 3)} {
		if err := v.measure(t.Context(), s, trial{change: changes[0], warm: true, readers: 1}, "x", 1, limits{goal: "none"}); err != nil {
			t.Fatal(err)
		}
	}
	found := v.b.report.findings
	if found[0].verdict != "reached" || found[1].verdict != "missed" || v.rows[0][7] != "0" || v.rows[1][7] != "1" {
		t.Errorf("%v\n%v", found, v.rows)
	}
}

// A session that is not known before the change would make every trial look good.
func TestRunNeedsTheSessionFirst(t *testing.T) {
	s := fakeSite(t)
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(stranger.Close)
	s.urls[1] = stranger.URL
	if _, err := s.run(t.Context(), trial{change: changes[0], warm: true, readers: 1}); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("error %v, want one that says 401", err)
	}
}
