package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"countersign/auth"
	"countersign/database"
	"countersign/models"
)

const developmentHelp = `Make a short-lived access token of a user, to try the API with. Only in development: with APP_ENV=production it is refused.

Standard output has the token and nothing else. No session stands behind it: it does not appear among the user's sessions, and
neither signing out nor ending them ends it. It is refused once it is over, or the user is banned (403) or deleted (401). The audit
trail has that it was made.`

// maxTokenLife bounds a token that cannot be taken back.
const maxTokenLife = time.Hour

func (p *program) tokenCommand() *cobra.Command {
	var life time.Duration
	c := &cobra.Command{
		Use: "token USER", Short: "Make a short-lived access token of a user, for development", Long: developmentHelp, Args: cobra.ExactArgs(1),
		Example: "  curl http://localhost:8080/api/me -H \"Authorization: Bearer $(countersign token ada@example.com)\"",
		RunE: func(c *cobra.Command, args []string) error {
			if life < time.Second || life > maxTokenLife {
				return fmt.Errorf("--expires must be from 1s to %s", maxTokenLife)
			}
			return p.atDesk(c, func(ctx context.Context, d *desk) error { return p.makeToken(ctx, d, args[0], life) })
		},
	}
	c.Flags().DurationVar(&life, "expires", 15*time.Minute, "how long it holds, at most 1h")
	return c
}

func (p *program) makeToken(ctx context.Context, d *desk, name string, life time.Duration) error {
	secret := d.settings.BetterAuth.Secret
	switch {
	case d.settings.Production:
		return errors.New("APP_ENV is production: no token is made that cannot be taken back; sign in instead")
	case secret == "":
		return errNoSecret
	}
	user, err := d.find(ctx, name)
	if err != nil {
		return err
	}
	if user.BannedAt(time.Now()) {
		return fmt.Errorf("%s is banned: every request with the token would be 403", user.Email)
	}
	issuer := &auth.Issuer{Settings: d.settings.Tokens, Secret: []byte(secret.Reveal()), Clock: time.Now}
	token, err := issuer.WithoutSession(user.ID, life)
	if err != nil {
		return err
	}
	end := time.Now().Add(life).UTC().Format(time.RFC3339)
	detail := "token of the command line, until " + end
	if err := database.NewAudit(d.db).Record(ctx, models.AuditEvent{Type: models.AuditSignedIn, UserID: &user.ID, Detail: &detail}); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.stderr, "an access token of %s until %s, which ending sessions does not end\n", user.Email, end)
	_, err = fmt.Fprintln(p.stdout, token.Reveal())
	return err
}
