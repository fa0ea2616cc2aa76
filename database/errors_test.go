package database

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Statements that are there already, or not any more, mean a pooler that nobody told of; others mean what they say.
func TestUndeclaredPooler(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{"42P05": true, "26000": true, "28P01": false, "57P01": false} {
		err := undeclaredPooler(fmt.Errorf("asked: %w", &pgconn.PgError{Code: code, Message: "m"}))
		var schema *SchemaError
		if errors.As(err, &schema) != want {
			t.Errorf("%s: %v", code, err)
		}
	}
}
