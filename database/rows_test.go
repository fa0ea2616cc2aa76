package database

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/tests/postgres"
)

// What is read here is what pgx's own Scan reads, or fails as that does.
func TestTakeIsScan(t *testing.T) {
	t.Parallel()
	c, err := pgx.Connect(t.Context(), postgres.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	read := func(expression string, into func(pgx.Rows) error) error {
		rows, err := c.Query(t.Context(), "SELECT "+expression, formats)
		if err != nil {
			return err
		}
		defer rows.Close()
		rows.Next()
		return into(rows)
	}
	fresh := func() []any {
		return []any{new(string), new(*string), new(bool), new(*bool), new(time.Time), new(*time.Time)}
	}
	for _, expression := range []string{
		"'Ada'", "''", "7", "1.5", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "'{}'::jsonb", "'true'", "true", "false", "NULL",
		"NULL::boolean", "NULL::timestamptz", "NULL::timestamp", "NULL::uuid", "current_date",
		"'infinity'::timestamptz", "'-infinity'::timestamp", "'1970-01-01'::timestamptz", "'0001-01-01'::timestamptz", "'4713-01-01 BC'::timestamp", "'294276-12-31'::timestamptz",
	} {
		for i := range fresh() {
			taken, scanned := fresh()[i], fresh()[i]
			err := read(expression, func(rows pgx.Rows) error { return take(c.TypeMap(), rows, []any{taken}) })
			wrong := read(expression, func(rows pgx.Rows) error { return rows.Scan(scanned) })
			if strings.HasPrefix(expression, "NULL") && i%2 == 0 {
				wrong = errors.New("pgx tries types by chance until one takes it")
			}
			if (err == nil) != (wrong == nil) || err == nil && shown(taken) != shown(scanned) {
				t.Errorf("%s into a %T: %s %v, Scan gives %s %v", expression, taken, shown(taken), err, shown(scanned), wrong)
			}
		}
	}
}

// shown shows what is pointed to, and a moment wherever its clock stands.
func shown(place any) string {
	v := reflect.ValueOf(place).Elem()
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if at, ok := v.Interface().(time.Time); ok {
		return at.UTC().String()
	}
	return strings.TrimSpace(fmt.Sprint(v.Interface()))
}
