package database

import (
	"strconv"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/config"
)

// idKind is what ids of a table are made of. On the wire an id is always text.
type idKind string

const (
	textID    idKind = "text"
	uuidID    idKind = "uuid"
	integerID idKind = "integer"
)

// kindOf gives the kind of ids of a column's type, "" for a type that ids cannot have.
func kindOf(columnType string) idKind {
	switch t := strings.ToLower(columnType); {
	case t == "uuid":
		return uuidID
	case strings.Contains(t, "char"), strings.Contains(t, "text"):
		return textID
	case strings.Contains(t, "int"):
		return integerID
	}
	return ""
}

func (n *Names) idKind(model string) idKind {
	if n.Empty() {
		return textID
	}
	return kindOf(n.tables[model].columns["ID"].kind)
}

// id gives an id as a statement's value: nil, which no row has, for text that cannot be one of the model's.
// PostgreSQL would answer such text with an error instead of "not there".
func (n *Names) id(model, text string) any {
	switch n.idKind(model) {
	case uuidID:
		if len(text) == 36 && uuid.Validate(text) == nil {
			return text
		}
	case integerID:
		if i, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(i, 10) == text {
			return text
		}
	default:
		if text != "" {
			return text
		}
	}
	return nil
}

// idForms are what text must look like for PostgreSQL to take it as an id of a kind.
var idForms = map[idKind]struct{ pattern, kind string }{
	integerID: {"^[0-9]{1,18}$", "bigint"},
	uuidID:    {"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", "uuid"},
}

// reference writes a column that holds ids of a model, of a table called alias, so that it can be compared
// with them. Some plugins keep such ids as text whatever kind they are, and text that is none of that kind
// must be null and not an error. SQLite compares text and numbers by itself.
func (n *Names) reference(alias, model, field, to string) string {
	column, kind := alias+"."+quote(n.column(model, field)), kindOf(n.tables[model].columns[field].kind)
	switch form, ok := idForms[n.idKind(to)]; {
	case n.dialect == config.SQLite || kind == n.idKind(to):
		return column
	case ok && kind == textID:
		return "CASE WHEN " + column + " ~ '" + form.pattern + "' THEN " + column + "::" + form.kind + " END"
	}
	return column + "::text"
}

// create inserts a row of one of Better Auth's models with an id of the kind that its table has: the text
// it came with, a new uuid, or the number that the database gives.
func (n *Names) create(tx *gorm.DB, model string, row any, id *string) error {
	fields := n.Fields(model)
	switch n.idKind(model) {
	case uuidID:
		*id = uuid.NewString()
	case integerID:
		*id = ""
		tx = tx.Omit("ID").Clauses(clause.Returning{Columns: []clause.Column{{Name: n.column(model, "ID")}}})
	}
	return tx.Select(fields).Create(row).Error
}
