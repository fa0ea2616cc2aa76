package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"countersign/handlers"
	"countersign/models"
)

const userListHelp = `List users, by e-mail address, a page at a time.

Standard error says how many there are in all, and what shows the next page. With --json standard output has one object, as
GET /api/admin/users answers: users and total; and next_after, which is null on the last page.`

// maxListed bounds a page.
const maxListed = 1000

// userListFlags are what chooses users.
type userListFlags struct {
	query, role, banned, after string
	limit                      int
	asJSON                     bool
}

func (p *program) userListCommand() *cobra.Command {
	var f userListFlags
	c := &cobra.Command{
		Use: "list", Short: "List users", Long: userListHelp, Args: cobra.NoArgs,
		Example: "  countersign user list --q example.com --role admin\n  countersign user list --banned true --json",
		RunE: func(c *cobra.Command, _ []string) error {
			filter, page, err := f.read()
			if err != nil {
				return err
			}
			return p.atDesk(c, func(ctx context.Context, d *desk) error { return p.listUsers(ctx, d, filter, page, f.asJSON) })
		},
	}
	c.Flags().StringVar(&f.query, "q", "", "only users whose e-mail address or name has this in it, case ignored")
	c.Flags().StringVar(&f.role, "role", "", "only users with this role")
	c.Flags().StringVar(&f.banned, "banned", "", "true: only banned users; false: only others")
	c.Flags().StringVar(&f.after, "after", "", "only users behind this e-mail address: the page that follows it")
	c.Flags().IntVar(&f.limit, "limit", 50, "at most so many, up to 1000")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	_ = c.RegisterFlagCompletionFunc("banned", cobra.FixedCompletions([]string{"true", "false"}, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return c
}

func (f *userListFlags) read() (filter models.UserFilter, page models.Page, err error) {
	for _, text := range []string{f.query, f.role, f.after} {
		if !plainText(text) {
			return filter, page, errors.New("--q, --role and --after must be text")
		}
	}
	if f.limit < 1 || f.limit > maxListed {
		return filter, page, fmt.Errorf("--limit must be from 1 to %d", maxListed)
	}
	filter, page = models.UserFilter{Query: f.query, Role: f.role}, models.Page{Sort: "email", Limit: f.limit}
	if f.after != "" { // addresses differ, so no id need settle ties
		page.After = &models.Position{Value: strings.ToLower(f.after)}
	}
	switch f.banned {
	case "":
	case "true", "false":
		banned := f.banned == "true"
		filter.Banned = &banned
	default:
		err = errors.New("--banned must be true or false")
	}
	return filter, page, err
}

func (p *program) listUsers(ctx context.Context, d *desk, filter models.UserFilter, page models.Page, asJSON bool) error {
	users, total, err := d.users.List(ctx, filter, page)
	if err != nil {
		return err
	}
	var next *string
	if len(users) > page.Limit {
		users = users[:page.Limit]
		next = &users[page.Limit-1].Email
	}
	if asJSON {
		shown := []any{}
		for _, u := range users {
			shown = append(shown, handlers.ShowUser(&u, d.policy))
		}
		return p.printJSON(map[string]any{"users": shown, "total": total, "next_after": next})
	}
	rows := [][]string{{"EMAIL", "NAME", "ROLES", "BANNED", "CREATED", "ID"}}
	for _, u := range users {
		rows = append(rows, []string{u.Email, orDash(&u.Name), strings.Join(d.policy.Roles(&u), ","), d.ban(&u), short(u.CreatedAt), u.ID})
	}
	if err := p.printTable(rows); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.stderr, "%d of %d users\n", len(users), total)
	if next != nil {
		_, _ = fmt.Fprintf(p.stderr, "the next page: the same with --after %s\n", printable(*next))
	}
	return nil
}

// ban says how long a user is banned; a ban that has ended is none.
func (d *desk) ban(u *models.User) string {
	switch {
	case !u.BannedAt(d.policy.Clock()):
		return "-"
	case u.BanExpires == nil:
		return "yes"
	}
	return "until " + short(*u.BanExpires)
}
