// Package postgres gives tests fresh databases on a throw-away PostgreSQL cluster.
package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/tests/need"
)

const howToGet = "PostgreSQL (install its server, or set TEST_DATABASE_URL to a server where databases may be created)"

var shared struct {
	once    sync.Once
	cluster *Cluster
	err     error
}

// Database returns the URL of a new, empty database, dropped when the test
// ends. The first call in a process starts a cluster that all later calls
// share; with TEST_DATABASE_URL set, that server is used instead.
func Database(t testing.TB) string {
	t.Helper()
	if server := os.Getenv("TEST_DATABASE_URL"); server != "" {
		return create(t, server)
	}
	shared.once.Do(func() { shared.cluster, shared.err = launch() })
	giveUp(t, shared.err)
	return create(t, shared.cluster.URL())
}

// Stop ends the shared cluster; a TestMain calls it after m.Run. Without it the
// cluster ends just as surely, but only after the test process has gone.
func Stop() {
	if shared.cluster != nil {
		shared.cluster.close()
	}
}

// giveUp ends the test where err says that no cluster could be had: missing
// binaries are the machine's fault, anything else is a failure.
func giveUp(t testing.TB, err error) {
	t.Helper()
	if missing, ok := errors.AsType[*missingError](err); ok {
		need.Missing(t, howToGet, missing)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// create makes a database on a server and returns its URL.
func create(t testing.TB, server string) string {
	t.Helper()
	name := "countersign_" + rand.Text()
	if err := execute(server, `CREATE DATABASE "`+name+`"`); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(server, `DROP DATABASE IF EXISTS "`+name+`" WITH (FORCE)`); err != nil {
			t.Logf("dropping %s: %v", name, err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("TEST_DATABASE_URL is not a URL")
	}
	u.Path = "/" + name
	return u.String()
}

func execute(server, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return fmt.Errorf("test database server: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}
