package cmd

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"countersign/models"
)

func (p *program) userBanCommand() *cobra.Command {
	var reason string
	var lasting time.Duration
	c := &cobra.Command{
		Use: "ban USER", Short: "Ban a user and end the user's sessions", Args: cobra.ExactArgs(1),
		Long:    "Ban a user, until told otherwise or for a time, and end the user's sessions here, in Better Auth and in Redis. A ban that stands is replaced.",
		Example: "  countersign user ban eve@example.com --reason spam\n  countersign user ban eve@example.com --for 24h",
		RunE: func(c *cobra.Command, args []string) error {
			change, err := ban(reason, lasting, c.Flags().Changed("for"), time.Now())
			if err != nil {
				return err
			}
			return p.atDesk(c, func(ctx context.Context, d *desk) error {
				user, err := d.change(ctx, args[0], change)
				if err != nil {
					return err
				}
				end := "until it is lifted"
				if user.BanExpires != nil {
					end = "until " + user.BanExpires.UTC().Format(time.RFC3339)
				}
				c.Printf("%s is banned %s, and all sessions are ended\n", user.Email, end)
				return nil
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for other admins")
	c.Flags().DurationVar(&lasting, "for", 0, "how long, as in 24h; without it until the ban is lifted")
	return c
}

// ban also says that there is no reason or no end, so that those of an earlier ban do not stay.
func ban(reason string, lasting time.Duration, ends bool, now time.Time) (models.UserChange, error) {
	if utf8.RuneCountInString(reason) > 1000 || !plainText(reason) {
		return models.UserChange{}, errors.New("--reason must be text of at most 1000 characters")
	}
	if ends && lasting <= 0 {
		return models.UserChange{}, errors.New("--for must be longer than nothing, as in 24h")
	}
	banned := true
	var why *string
	if reason != "" {
		why = &reason
	}
	var until *time.Time
	if ends {
		end := now.UTC().Add(lasting).Truncate(time.Millisecond)
		until = &end
	}
	return models.UserChange{Banned: &banned, BanReason: &why, BanExpires: &until}, nil
}
