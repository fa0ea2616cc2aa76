package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"countersign/models"
)

func (p *program) userRoleCommand() *cobra.Command {
	return &cobra.Command{
		Use: "role USER ROLE", Short: "Give a user a role, or several with commas between them",
		Example: "  countersign user role ada@example.com admin\n  countersign user role ada@example.com moderator,editor", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			role := args[1]
			if !models.ValidRoles(role) {
				return fmt.Errorf("%q is not a role, or several with commas between them", role)
			}
			return p.atDesk(c, func(ctx context.Context, d *desk) error {
				user, err := d.change(ctx, args[0], models.UserChange{Role: &role})
				if err == nil {
					c.Printf("%s now has the role %s\n", user.Email, user.RoleText())
				}
				return err
			})
		},
	}
}
