package oracle

import (
	"database/sql"
	"encoding/json"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/ncruces/go-sqlite3/driver"

	"countersign/cmd"
	"countersign/config"
	"countersign/tests/postgres"
)

const (
	samples = 200
	// A difference counts when chance makes as large a one in less than one of a thousand runs, and when it is
	// larger than what an attacker could take for noise.
	significant, noticeable = 0.001, 0.02
	reference               = "wrong password"
)

func TestMain(m *testing.M) {
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

// Row 70: it takes as long to refuse an unknown user as a known one. COUNTERSIGN_ORACLE lists the values of
// PASSWORD_HASH to measure; it is not set in a usual run, since a machine with other work measures that.
func TestOracle(t *testing.T) {
	if os.Getenv("COUNTERSIGN_ORACLE") == "" {
		t.Skip("measures time: make oracle")
	}
	for hash := range strings.SplitSeq(os.Getenv("COUNTERSIGN_ORACLE"), ",") {
		t.Run(hash+"/sqlite", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "app.db")
			measure(t, hash, "sqlite:"+path, "sqlite3", "file:"+path+"?_pragma=busy_timeout(5000)")
		})
		t.Run(hash+"/postgres", func(t *testing.T) {
			url := postgres.Database(t)
			measure(t, hash, url, "pgx", url)
		})
	}
}

// measure times logins that are refused, one kind after the other in random order, and compares each kind with
// a wrong password.
func measure(t *testing.T, hash, databaseURL, driver, dsn string) {
	app := start(t, hash, databaseURL)
	logins := refused(t, app, driver, dsn)
	times := map[string][]time.Duration{}
	for round := range samples + 5 {
		for _, i := range rand.Perm(len(logins)) {
			begun := time.Now()
			status := post(app, "/auth/login", logins[i].email, "wrong-password")
			took := time.Since(begun)
			if status != 401 {
				t.Fatalf("%s: %d", logins[i].kind, status)
			}
			if round >= 5 { // the first ones fill caches
				times[logins[i].kind] = append(times[logins[i].kind], took)
			}
		}
	}
	for _, l := range logins {
		judge(t, l.kind, times[l.kind], times[reference])
	}
}

func judge(t *testing.T, kind string, took, usual []time.Duration) {
	p := mannWhitney(took, usual)
	slices.Sort(took)
	slices.Sort(usual)
	apart := float64(quantile(took, 0.5))/float64(quantile(usual, 0.5)) - 1
	ms := func(q float64) float64 { return float64(quantile(took, q).Microseconds()) / 1000 }
	t.Logf("%-16s median %8.3f ms  quartiles %8.3f %8.3f  apart %+6.2f %%  p %.4f", kind, ms(0.5), ms(0.25), ms(0.75), apart*100, p)
	if p < significant && math.Abs(apart) > noticeable {
		t.Errorf("%s takes another time than a %s", kind, reference)
	}
}

func start(t *testing.T, hash, databaseURL string) *cmd.App {
	settings, err := config.Load([]string{"DATABASE_URL=" + databaseURL, "BETTER_AUTH_SECRET=a secret of the oracle, longer than 32", "PASSWORD_HASH=" + hash}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	app, err := cmd.NewApp(settings, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	if err := app.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return app
}

type login struct{ kind, email string }

// refused makes a user of each kind. The addresses are equally long.
func refused(t *testing.T, app *cmd.App, driver, dsn string) []login {
	logins := []login{{reference, "known0@example.com"}, {"unknown user", "nobody@example.com"}, {"no password", "social@example.com"}, {"banned", "banned@example.com"}}
	for _, l := range logins {
		if l.kind == "unknown user" {
			continue
		}
		if status := post(app, "/auth/register", l.email, "correct-horse-battery"); status != 201 {
			t.Fatalf("%s: %d", l.email, status)
		}
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		`DELETE FROM "account" WHERE "userId" = (SELECT id FROM "user" WHERE email = 'social@example.com')`,
		`UPDATE "user" SET banned = true WHERE email = 'banned@example.com'`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return logins
}

func post(app *cmd.App, path, email, password string) int {
	body, _ := json.Marshal(map[string]string{"email": email, "password": password})
	r := httptest.NewRequest("POST", path, strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w.Code
}
