package database

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"reflect"
	"strings"

	"countersign/config"
	"countersign/models"
)

// standIn puts a table of our own in the place of Better Auth's session table, where Better Auth keeps its
// sessions in Redis alone and so has none. Its rows are never sessions by themselves: refresh tokens hang on
// them, and a rotation locks them.
func (r *reading) standIn() {
	user, ok := r.tables["User"]
	if _, there := r.tables["Session"]; !ok || there || r.problems != nil {
		return
	}
	t := table{name: "sessions", columns: map[string]column{}, ours: true}
	for _, f := range reflect.VisibleFields(betterAuthModels["Session"].row) {
		c := column{table: t.name, name: snake(f.Name), kind: "text"}
		switch {
		case f.Name == "UserID":
			c.kind = user.columns["ID"].kind
		case isDate(f.Type):
			c.kind = user.columns["CreatedAt"].kind
		}
		t.columns[f.Name] = c
	}
	r.tables["Session"] = t
}

// createStandIn makes the table that stands in, before our own history refers to it.
func createStandIn(ctx context.Context, pool *sql.DB, n *Names) error {
	if !n.tables["Session"].ours {
		return nil
	}
	var columns []string
	for _, f := range reflect.VisibleFields(betterAuthModels["Session"].row) {
		columns = append(columns, n.SQL("{Session."+f.Name+"} {Session."+f.Name+":type}")+constraints[f.Name])
	}
	index := "sessions_user_id"
	if n.dialect == config.SQLite {
		index = n.own + "_" + index
	}
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS {Session} (" + strings.Join(columns, ", ") + ", FOREIGN KEY ({Session.UserID}) REFERENCES {User} ({User.ID}) ON DELETE CASCADE)",
		"CREATE INDEX IF NOT EXISTS " + index + " ON {Session} ({Session.UserID})",
	} {
		if _, err := pool.ExecContext(ctx, n.SQL(statement)); err != nil {
			return err
		}
	}
	return nil
}

var constraints = map[string]string{ //nolint:gosec // a token is a column here
	"ID": " PRIMARY KEY", "Token": " NOT NULL UNIQUE", "UserID": " NOT NULL",
	"ExpiresAt": " NOT NULL", "CreatedAt": " NOT NULL", "UpdatedAt": " NOT NULL",
}

// placeholder begins what a session's row has for a token where the session itself is in Redis: it must not
// come alive when Redis has lost it or is no longer asked. No credential has such a token, since a dot in one
// parts it from its signature.
const placeholder = "redis."

// Placeholder gives the text that stands in a row for a token that only Redis may know.
func Placeholder(token models.Secret) models.Secret {
	sum := sha256.Sum256([]byte(token))
	return models.Secret(placeholder + hex.EncodeToString(sum[:]))
}

// IsPlaceholder says whether a session's row stands for a session in Redis.
func IsPlaceholder(s *models.Session) bool { return strings.HasPrefix(s.Token.Reveal(), placeholder) }

// WithoutSessionTable says whether Better Auth has no session table here.
func (db *DB) WithoutSessionTable() bool {
	n := db.Names()
	return n != nil && n.tables["Session"].ours
}
