package cmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"countersign/models"
)

func (p *program) userUnbanCommand() *cobra.Command {
	return &cobra.Command{
		Use: "unban USER", Short: "Lift a user's ban", Args: cobra.ExactArgs(1), Example: "  countersign user unban eve@example.com",
		RunE: func(c *cobra.Command, args []string) error {
			change := models.UserChange{Banned: new(bool), BanReason: new(*string), BanExpires: new(*time.Time)}
			return p.atDesk(c, func(ctx context.Context, d *desk) error {
				user, err := d.change(ctx, args[0], change)
				if err == nil {
					c.Printf("%s is not banned\n", user.Email)
				}
				return err
			})
		},
	}
}
