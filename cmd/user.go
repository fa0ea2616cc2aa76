package cmd

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"countersign/auth"
	"countersign/config"
	"countersign/database"
	"countersign/models"
)

const userHelp = `Look after users, by the rules of the API for admins: the last admin stays one, a ban ends the user's sessions, in Redis too,
and what is changed stands in the audit trail, with nobody as its actor.

USER is an e-mail address or an id. Passwords are read from standard input and are never an argument.`

func (p *program) userCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "user", Short: "Look after users", Long: userHelp, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		p.userListCommand(), p.userCreateCommand(), p.userRoleCommand(), p.userBanCommand(), p.userUnbanCommand(),
		p.userPasswordCommand(), p.userSessionsCommand(), p.userImportCommand(),
	)
	return c
}

// database takes the database into use, for a subcommand that works on its rows.
func (p *program) database(ctx context.Context) (*config.Config, *database.DB, error) {
	settings, err := p.settings()
	if err != nil {
		return nil, nil, err
	}
	if err := requireFile(settings.Database); err != nil {
		return nil, nil, err
	}
	db, err := database.Open(settings.Database, time.Now, p.logger(settings.Log), sql.OpenDB)
	if err != nil {
		return nil, nil, err
	}
	if err := connect(ctx, db); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", settings.Database, err), db.Close())
	}
	return settings, db, nil
}

// requireFile refuses a SQLite file that is not there: opening it would make an empty one.
func requireFile(settings config.Database) error {
	if _, err := os.Stat(settings.Path); settings.Path != "" && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: there is no such file; mend DATABASE_URL, or run: countersign migrate up", settings)
	}
	return nil
}

// connectTries is how often a database that is slow to answer is asked: nobody waits behind a subcommand.
const connectTries = 3

func connect(ctx context.Context, db *database.DB) (err error) {
	for range connectTries {
		if err = db.Connect(ctx); err == nil || !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("it does not answer in time, and nothing was changed; try again: %w", err)
}

// desk is what the subcommands that look after users work with.
type desk struct {
	*stores
	settings *config.Config
	db       *database.DB
	policy   *auth.Policy
	log      *slog.Logger
}

// atDesk opens the stores for a subcommand, Redis among them where sessions may live there, and closes them behind it.
func (p *program) atDesk(c *cobra.Command, f func(ctx context.Context, d *desk) error) (err error) {
	settings, db, err := p.database(c.Context())
	if err != nil {
		return err
	}
	log := p.logger(settings.Log)
	kept := newStores(settings, db, log, time.Now)
	defer func() { err = errors.Join(err, kept.close(), db.Close()) }()
	return f(c.Context(), &desk{kept, settings, db, &auth.Policy{AdminIDs: settings.AdminUserIDs, Clock: time.Now}, log})
}

// find gives the user with an e-mail address or an id.
func (d *desk) find(ctx context.Context, name string) (*models.User, error) {
	if !plainText(name) {
		return nil, errors.New("USER is not an e-mail address or an id")
	}
	find := d.users.ByID
	if strings.Contains(name, "@") {
		find, name = d.users.ByEmail, strings.ToLower(name)
	}
	user, err := find(ctx, name)
	if errors.Is(err, models.ErrNotFound) {
		return nil, fmt.Errorf("%s has no user with the e-mail or the id %q", d.settings.Database, name)
	}
	return user, err
}

// change changes a user as an admin does.
func (d *desk) change(ctx context.Context, name string, change models.UserChange) (*models.User, error) {
	user, err := d.find(ctx, name)
	if err != nil {
		return nil, err
	}
	return d.users.Administer(ctx, user.ID, change)
}

// plainText says whether both databases can keep and compare text.
func plainText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// printJSON writes a value for programs.
func (p *program) printJSON(value any) error {
	e := json.NewEncoder(p.stdout)
	e.SetIndent("", "  ")
	return e.Encode(value)
}

// printTable writes rows in columns; the first is the heading.
func (p *program) printTable(rows [][]string) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = printable(cell)
		}
		_, _ = fmt.Fprintln(w, strings.Join(row, "\t")) // kept in memory until Flush
	}
	return w.Flush()
}

// short is a moment for people.
func short(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

func orDash(text *string) string {
	if text == nil || *text == "" {
		return "-"
	}
	return *text
}
