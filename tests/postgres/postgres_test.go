package postgres_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"countersign/tests/postgres"
)

func TestMain(m *testing.M) {
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestDatabasesAreSeparate(t *testing.T) {
	one, two := connect(t, postgres.Database(t)), connect(t, postgres.Database(t))
	if _, err := one.Exec(t.Context(), "CREATE TABLE here (id int)"); err != nil {
		t.Fatal(err)
	}
	var there bool
	const ask = "SELECT to_regclass('here') IS NOT NULL"
	if err := two.QueryRow(t.Context(), ask).Scan(&there); err != nil || there {
		t.Fatalf("the second database has the first one's table: %t, %v", there, err)
	}
}

func TestCaseOfLettersBeyondASCII(t *testing.T) {
	var lower string
	conn := connect(t, postgres.Database(t))
	if err := conn.QueryRow(t.Context(), "SELECT lower('É')").Scan(&lower); err != nil || lower != "é" {
		t.Fatalf("lower('É') = %q, %v", lower, err)
	}
}

func TestClusterStopsAndStarts(t *testing.T) {
	c := postgres.New(t)
	url := c.Database(t)
	before, err := c.Pid()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		conn.Close(t.Context())
		t.Fatal("a stopped server answers")
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	connect(t, url)
	if after, err := c.Pid(); err != nil || after == before {
		t.Fatalf("pid %d after the restart, %d before, %v", after, before, err)
	}
}
