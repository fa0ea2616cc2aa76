package database

import (
	"database/sql/driver"
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"countersign/config"
	"countersign/models"
)

// hasRole writes the condition that a user has a role, by its exact name among the comma-separated ones.
func (n *Names) hasRole(role string) (string, []any) {
	position := "strpos"
	if n.dialect == config.SQLite {
		position = "instr"
	}
	condition := n.SQL(position + "(',' || {User.Role} || ',', ?) > 0")
	if role == models.DefaultRole {
		condition = n.SQL("(" + condition + " OR coalesce(CAST({User.Role} AS text), '') = '')")
	}
	return condition, []any{"," + role + ","}
}

// banned writes the condition that a user is banned at a moment.
func (n *Names) banned(now time.Time) (string, []any) {
	if !n.Has("User", "Banned") || !n.Has("User", "BanExpires") {
		return "(1 = 0)", nil
	}
	return n.SQL("(coalesce({User.Banned}, false) AND coalesce({User.BanExpires} > ?, true))"), []any{now}
}

// anyOf writes the condition that a column is one of a list's texts, however many: the statement stays the same
// and is prepared once.
func (n *Names) anyOf() string {
	if n.dialect == config.SQLite {
		return "IN (SELECT value FROM json_each(?))"
	}
	return "= ANY(?)"
}

// list is what anyOf compares with, as one value.
type list struct {
	dialect config.Dialect
	texts   []string
}

// Value gives an array, which only pgx takes, or for SQLite its JSON.
func (l list) Value() (driver.Value, error) {
	if l.dialect == config.Postgres {
		return l.texts, nil
	}
	text, err := json.Marshal(l.texts)
	return string(text), err
}

// position gives a place in a list of users as values to compare with.
func (n *Names) position(p *models.Position, isTime bool) ([]any, error) {
	if p == nil {
		return nil, nil
	}
	var value any = p.Value
	if isTime {
		at, err := time.Parse(time.RFC3339Nano, p.Value)
		if err != nil {
			return nil, models.BadRequestError("The cursor is not one of this list")
		}
		value = at.UTC()
	}
	return []any{value, n.id("User", p.ID)}, nil
}

// paged orders a query by a column, and by id where rows are alike, and cuts one page out of it by that
// order's own values, so that rows that come or go in between neither repeat nor hide others. It asks for
// one row more than the page holds, by which the caller sees that there is a next one.
func paged(tx *gorm.DB, p models.Page, after []any, column, id string) *gorm.DB {
	direction, beyond := " ASC", " > "
	if p.Descending {
		direction, beyond = " DESC", " < "
	}
	if after != nil {
		tx = tx.Where("("+column+", "+id+")"+beyond+"(?, ?)", after...)
	}
	return tx.Order(column + direction + ", " + id + direction).Limit(p.Limit + 1)
}
