package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/database"
	"countersign/models"
)

const importHelp = `Import users with the password hashes they have: CSV with a header line, or JSON lines.

Columns: email; hashed_password, password_hash or password (a bcrypt, argon2id or Better Auth scrypt hash, never
the password itself); name or full_name; role; is_superuser (true: the role admin); is_active (false: banned);
email_verified or is_verified; image; created_at. Others are named once and ignored.

Each user is kept whole or not at all. Addresses that are there already are refused, so that the same file may be
imported again. Refused rows are written to standard output; with any, the exit code is 1.`

// importFlags are what is asked for beside the file.
type importFlags struct {
	format, report string
	dryRun         bool
}

func (p *program) userImportCommand() *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use: "import FILE", Short: "Import users of another application, with their password hashes", Long: importHelp,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		Example: "  countersign user import --dry-run users.csv\n  psql -c \"\\copy users to stdout csv header\" | countersign user import --format csv -",
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return p.userImport(c, args[0], f) },
	}
	c.Flags().StringVar(&f.format, "format", "", "csv or jsonl, where the file's name does not say")
	c.Flags().StringVar(&f.report, "report", "", "also write refused rows to this file, as JSON lines")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"csv", "jsonl"}, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "do everything and keep nothing")
	return c
}

func (p *program) userImport(c *cobra.Command, file string, f importFlags) (err error) {
	read, err := importFormat(file, f.format)
	if err != nil {
		return err
	}
	in, err := openImport(c, file)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	_, db, err := p.database(c.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	i := &userImport{accounts: database.NewAccounts(db), dryRun: f.dryRun, out: p.stdout, notes: p.stderr, progress: newProgress(p.stderr, time.Now)}
	if f.report != "" {
		report, err := os.OpenFile(f.report, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, report.Close()) }()
		i.report = json.NewEncoder(report)
	}
	return i.run(c.Context(), read, in)
}

// importFormat chooses by the file's name unless it is told.
func importFormat(file, format string) (readRecords, error) {
	if format == "" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(file)), ".")
	}
	switch format {
	case "csv":
		return readCSV, nil
	case "jsonl", "ndjson":
		return readJSONLines, nil
	}
	return nil, errors.New("the file's name does not say what it is; add --format csv or --format jsonl")
}

func openImport(c *cobra.Command, file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(c.InOrStdin()), nil
	}
	return os.Open(file)
}

// userImport is one run.
type userImport struct {
	accounts   *database.Accounts
	dryRun     bool
	out, notes io.Writer
	progress   *progress
	// report is nil where none is wanted.
	report            *json.Encoder
	imported, refused int
	// tried are the addresses of a dry run, which keeps none that the next row could meet.
	tried map[string]bool
}

func (i *userImport) run(ctx context.Context, read readRecords, in io.Reader) error {
	for record, err := range read(in, i.ignore) {
		if err == nil {
			err = i.take(ctx, record)
		}
		if err != nil {
			i.progress.clear()
			return fmt.Errorf("%s; the import stopped here and may be run again: %w", i.sum(), err)
		}
		i.progress.say(i.sum)
	}
	i.progress.clear()
	_, _ = fmt.Fprintln(i.out, i.sum())
	if i.refused > 0 {
		return fmt.Errorf("%d rows were refused", i.refused)
	}
	return nil
}

func (i *userImport) ignore(column string) {
	_, _ = fmt.Fprintf(i.notes, "the column %.40q is not known and ignored\n", column)
}

func (i *userImport) sum() string {
	if i.dryRun {
		return fmt.Sprintf("would import %d, refused %d", i.imported, i.refused)
	}
	return fmt.Sprintf("imported %d, refused %d", i.imported, i.refused)
}

// take imports one record or refuses it; an error ends the import, since the next record would fare no better.
func (i *userImport) take(ctx context.Context, r record) error {
	user, account, err := r.user(time.Now())
	if err == nil && i.tried[user.Email] {
		err = models.ErrEmailTaken
	}
	if err == nil {
		err = i.accounts.Import(ctx, user, account, i.dryRun)
	}
	var known *models.Error
	switch {
	case errors.As(err, &known) && known.Kind == models.Unavailable:
		return fmt.Errorf("line %d: %w", r.line, err)
	case err != nil:
		return i.refuse(r, err)
	}
	i.imported++
	if i.dryRun {
		if i.tried == nil {
			i.tried = map[string]bool{}
		}
		i.tried[user.Email] = true
	}
	return nil
}

// refuse tells of a row. An address is shown only where it is one: a hash in the wrong column must not be.
func (i *userImport) refuse(r record, reason error) error {
	i.refused++
	email, shown := r.fields["email"], ""
	if models.ValidEmail(email) {
		shown = email + ": "
	} else {
		email = ""
	}
	i.progress.clear()
	_, _ = fmt.Fprintf(i.out, "line %d: %s%s\n", r.line, shown, reason)
	if i.report == nil {
		return nil
	}
	return i.report.Encode(struct {
		Line   int    `json:"line"`
		Email  string `json:"email"`
		Reason string `json:"reason"`
	}{r.line, email, reason.Error()})
}
