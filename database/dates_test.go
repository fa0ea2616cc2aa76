package database_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"countersign/config"
	"countersign/database"
)

// Prisma's DATETIME columns hold text or milliseconds, and an empty table does not say which: what Better
// Auth writes there after the start is read as it was meant.
func TestDatesOfTheFirstUser(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 4, 11, 7, 470_000_000, time.UTC)
	for name, date := range map[string]func(time.Time) string{
		"milliseconds": func(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) },
		"text":         func(at time.Time) string { return at.Format("'2006-01-02T15:04:05.000+00:00'") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings, sqlDB := another(t, config.Database{Dialect: config.SQLite})
			exec(t, sqlDB, naming{}.write(ddl, shapes[config.SQLite]["DATETIME"]))
			if _, err := migrator(t, settings).Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			db, err := database.Open(settings, func() time.Time { return now }, slog.New(slog.DiscardHandler), sql.OpenDB)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			if err := db.Connect(t.Context()); err != nil {
				t.Fatal(err)
			}
			exec(t, sqlDB, fmt.Sprintf(`INSERT INTO user (id, name, email, emailVerified, createdAt, updatedAt) VALUES ('u', 'U', 'u@example.com', false, %[1]s, %[1]s)`, date(now)))
			for id, ends := range map[string]time.Time{"over": now.Add(-time.Hour), "alive": now.Add(time.Hour)} {
				exec(t, sqlDB, fmt.Sprintf(`INSERT INTO session (id, token, userId, expiresAt, createdAt, updatedAt) VALUES ('%[1]s', '%[1]s', 'u', %[2]s, %[3]s, %[3]s)`, id, date(ends), date(now)))
			}
			list, err := database.NewSessions(db).OfUser(t.Context(), "u")
			if err != nil || len(list) != 1 || list[0].ID != "alive" || !list[0].ExpiresAt.Equal(now.Add(time.Hour)) {
				t.Errorf("%+v, %v", list, err)
			}
		})
	}
}
