package database

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"countersign/models"
)

// SchemaError says that the tables are not what this program needs, and how to mend that. Waiting does not help.
type SchemaError struct {
	Problem string
	Mend    string
}

func (e *SchemaError) Error() string { return e.Problem + "; " + e.Mend }

// undeclaredPooler tells what prepared statements that come and go mean: somebody else's are met on the same
// server connection.
func undeclaredPooler(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "42P05" || pg.Code == "26000") {
		return &SchemaError{
			Problem: "DATABASE_URL leads to a pooler in transaction mode: " + pg.Message,
			Mend:    "set DIRECT_URL to the unpooled connection, or add pgbouncer=true to DATABASE_URL",
		}
	}
	return err
}

// translate gives a store's error in the words of the domain. What is not known to be an answer is
// "could not check": folding a lost connection into "not found" would log people out.
func translate(err error) error {
	var known *models.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows):
		return models.ErrNotFound
	case refused(err):
		return fmt.Errorf("the database refused a statement: %w", err)
	default:
		return models.StoreUnavailable(err)
	}
}

// refused says whether the database answered that the statement's data is wrong (PostgreSQL's classes 22
// and 23, SQLite's constraints): a mistake of this program, which trying again does not mend.
func refused(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "23")
	}
	return errors.Is(err, gorm.ErrDuplicatedKey) || errors.Is(err, gorm.ErrForeignKeyViolated) || errors.Is(err, gorm.ErrCheckConstraintViolated)
}
