package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"countersign/handlers"
	"countersign/models"
)

func (p *program) userSessionsCommand() *cobra.Command {
	var end string
	var all, asJSON bool
	c := &cobra.Command{
		Use: "sessions USER", Short: "List a user's sessions, or end them", Args: cobra.ExactArgs(1),
		Long:    "List a user's sessions that are not over, newest first, or end one or all of them. Tokens are never shown.",
		Example: "  countersign user sessions ada@example.com\n  countersign user sessions ada@example.com --end-all",
		RunE: func(c *cobra.Command, args []string) error {
			if !plainText(end) {
				return errors.New("--end must be a session's id")
			}
			return p.atDesk(c, func(ctx context.Context, d *desk) error {
				user, err := d.find(ctx, args[0])
				switch {
				case err != nil:
					return err
				case all:
					return ended(c, user, "all sessions", d.sessions.EndAll(ctx, user.ID, ""))
				case c.Flags().Changed("end"):
					return ended(c, user, "the session", d.sessions.End(ctx, user.ID, end, models.AuditSessionEnded))
				}
				return p.listSessions(ctx, d, user, asJSON)
			})
		},
	}
	c.Flags().StringVar(&end, "end", "", "end the session with this id")
	c.Flags().BoolVar(&all, "end-all", false, "end all of them")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.MarkFlagsMutuallyExclusive("end", "end-all", "json")
	return c
}

func ended(c *cobra.Command, user *models.User, what string, err error) error {
	if errors.Is(err, models.ErrNotFound) {
		return fmt.Errorf("%s has no session with that id", user.Email)
	}
	if err == nil {
		c.Printf("ended %s of %s\n", what, user.Email)
	}
	return err
}

func (p *program) listSessions(ctx context.Context, d *desk, user *models.User, asJSON bool) error {
	sessions, err := d.sessions.OfUser(ctx, user.ID)
	if err != nil {
		return err
	}
	if asJSON {
		shown := []any{}
		for _, s := range sessions {
			shown = append(shown, handlers.ShowSession(&s))
		}
		return p.printJSON(map[string]any{"sessions": shown})
	}
	rows := [][]string{{"ID", "STARTED", "USED", "UNTIL", "ADDRESS", "IMPERSONATED BY", "PROGRAM"}}
	for _, s := range sessions {
		rows = append(rows, []string{s.ID, short(s.CreatedAt), short(s.UpdatedAt), short(s.ExpiresAt), orDash(s.IPAddress), orDash(s.ImpersonatedBy), orDash(s.UserAgent)})
	}
	return p.printTable(rows)
}
