package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"countersign/database"
	"countersign/models"
)

const userCreateHelp = `Make a user who can sign in here and through Better Auth, whatever LOCAL_REGISTER says.

The password is read from standard input: on a terminal twice and without echo, else one line. It is held to the rules of
/auth/register.`

func (p *program) userCreateCommand() *cobra.Command {
	var name, role string
	c := &cobra.Command{
		Use: "create EMAIL", Short: "Make a user with a password", Long: userCreateHelp, Args: cobra.ExactArgs(1),
		Example: "  countersign user create ada@example.com --name Ada --role admin\n  pass show ada | countersign user create ada@example.com",
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkNewUser(args[0], name, role); err != nil {
				return err
			}
			return p.atDesk(c, func(ctx context.Context, d *desk) error {
				password, err := p.readPassword(ctx, c.InOrStdin())
				if err != nil {
					return err
				}
				user, err := d.create(ctx, args[0], password, name, role)
				if err == nil {
					c.Printf("made %s with the role %s and the id %s\n", user.Email, user.RoleText(), user.ID)
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&name, "name", "", "the user's name")
	c.Flags().StringVar(&role, "role", models.DefaultRole, "a role, or several with commas between them")
	return c
}

// checkNewUser holds what is not the password against the rules of registration.
func checkNewUser(email, name, role string) error {
	switch {
	case !models.ValidEmail(email):
		return fmt.Errorf("%q is not an email address of at most 254 characters", email)
	case utf8.RuneCountInString(name) > 200 || !plainText(name):
		return errors.New("--name must be text of at most 200 characters")
	case !models.ValidRoles(role):
		return fmt.Errorf("%q is not a role, or several with commas between them", role)
	}
	return nil
}

func (d *desk) create(ctx context.Context, email string, password models.Secret, name, role string) (*models.User, error) {
	user, account, err := d.local(d.settings, database.NewAudit(d.db), d.log, time.Now).Prepare(ctx, email, password.Reveal(), name)
	if err != nil {
		return nil, err
	}
	user.Role = &role
	return user, d.accounts.Create(ctx, user, account)
}
