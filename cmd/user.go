package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/config"
	"countersign/database"
	"countersign/models"
)

func (p *program) userCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "user", Short: "Look after users", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use: "role EMAIL ROLE", Short: "Give a user a role, or several with commas between them",
		Example: "  countersign user role ada@example.com admin", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return p.userRole(c, args[0], args[1]) },
	}, p.userImportCommand())
	return c
}

// database takes the database into use, for a subcommand that works on its rows.
func (p *program) database(ctx context.Context) (*config.Config, *database.DB, error) {
	settings, err := p.settings()
	if err != nil {
		return nil, nil, err
	}
	db, err := database.Open(settings.Database, time.Now, p.logger(settings.Log))
	if err != nil {
		return nil, nil, err
	}
	if err := db.Connect(ctx); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", settings.Database, err), db.Close())
	}
	return settings, db, nil
}

func (p *program) userRole(c *cobra.Command, email, role string) (err error) {
	if !models.ValidRoles(role) {
		return fmt.Errorf("%q is not a role, or several with commas between them", role)
	}
	settings, db, err := p.database(c.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	users := database.NewUsers(db, settings.AdminUserIDs)
	user, err := users.ByEmail(c.Context(), strings.ToLower(email))
	if errors.Is(err, models.ErrNotFound) {
		return fmt.Errorf("%s has no user with the e-mail %q", settings.Database, email)
	}
	if err == nil {
		user, err = users.Administer(c.Context(), user.ID, models.UserChange{Role: &role})
	}
	if err != nil {
		return err
	}
	c.Printf("%s now has the role %s\n", user.Email, user.RoleText())
	return nil
}
