package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"countersign/database"
	"countersign/models"
)

const replaceHelp = `Set a user's password and end all of the user's sessions.

It is read from standard input: on a terminal twice and without echo, else one line. It is held to the rules of /auth/register.
--random makes one up and prints it, alone, to standard output.`

func (p *program) userPasswordCommand() *cobra.Command {
	var random bool
	c := &cobra.Command{
		Use: "password USER", Short: "Set a user's password and end the user's sessions", Long: replaceHelp, Args: cobra.ExactArgs(1),
		Example: "  countersign user password ada@example.com\n  countersign user password ada@example.com --random",
		RunE: func(c *cobra.Command, args []string) error {
			return p.atDesk(c, func(ctx context.Context, d *desk) error { return p.setPassword(ctx, c, d, args[0], random) })
		},
	}
	c.Flags().BoolVar(&random, "random", false, "make a password up, and print it")
	return c
}

func (p *program) setPassword(ctx context.Context, c *cobra.Command, d *desk, name string, random bool) error {
	user, err := d.find(ctx, name)
	if err != nil {
		return err
	}
	password := models.Secret(rand.Text()) // 130 bits
	if !random {
		if password, err = p.readPassword(ctx, c.InOrStdin()); err != nil {
			return err
		}
	}
	err = d.local(d.settings, database.NewAudit(d.db), d.log, time.Now).SetPassword(ctx, user.ID, password.Reveal())
	switch {
	case errors.Is(err, models.ErrNoPassword):
		return fmt.Errorf("%s has no password to replace: the user signs in another way", user.Email)
	case errors.Is(err, models.ErrWrongPassword):
		return fmt.Errorf("the password of %s was changed by somebody else meanwhile, and is theirs; try again", user.Email)
	case err != nil:
		return err
	}
	_, _ = fmt.Fprintf(p.stderr, "%s has another password, and all sessions are ended\n", user.Email)
	if random {
		_, _ = fmt.Fprintln(p.stdout, password.Reveal())
	}
	return nil
}
