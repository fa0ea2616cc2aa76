package cmd

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/auth"
	"countersign/config"
	"countersign/models"
)

const seedHelp = `Fill a database with made-up users for load tests. All have one password, which is printed, and sessions that live as long as one
of a login. --cookies writes a Cookie header for each session to a file that only you may read.

It is refused with APP_ENV=production, in a database that has users unless --force says otherwise, and where sessions live in
Redis. The audit trail does not have these users. The addresses of one run begin alike, so that they can be deleted by it.`

// The bounds of a run.
const maxSeeded, maxSeededSessions = 10_000_000, 10

// seedRows is how many rows one transaction stores: more take less time in all, but must stay far below what one may take.
const seedRows = 2000

// seedFlags are what is asked for.
type seedFlags struct {
	users, sessions int
	cookies         string
	force           bool
}

func (p *program) seedCommand() *cobra.Command {
	var f seedFlags
	c := &cobra.Command{
		Use: "seed", Short: "Fill a database with users and sessions, for load tests", Long: seedHelp, Args: cobra.NoArgs,
		Example: "  countersign seed --users 100000 --cookies cookies.txt",
		RunE: func(c *cobra.Command, _ []string) error {
			if f.users < 1 || f.users > maxSeeded || f.sessions < 0 || f.sessions > maxSeededSessions {
				return fmt.Errorf("--users must be from 1 to %d and --sessions-per-user from 0 to %d", maxSeeded, maxSeededSessions)
			}
			return p.atDesk(c, func(ctx context.Context, d *desk) error { return p.seed(ctx, d, f) })
		},
	}
	c.Flags().IntVar(&f.users, "users", 1000, "how many users")
	c.Flags().IntVar(&f.sessions, "sessions-per-user", 2, "how many sessions each of them has")
	c.Flags().StringVar(&f.cookies, "cookies", "", "write a Cookie header for each session to this file")
	c.Flags().BoolVar(&f.force, "force", false, "also in a database that has users")
	_ = c.MarkFlagFilename("cookies") // the flag is there
	return c
}

func (p *program) seed(ctx context.Context, d *desk, f seedFlags) (err error) {
	if err := d.maySeed(ctx, f); err != nil {
		return err
	}
	s := &seeder{desk: d, seedFlags: f, run: strings.ToLower(rand.Text()[:8]), cookie: io.Discard}
	if f.cookies != "" {
		var file *os.File
		if file, err = os.OpenFile(f.cookies, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return fmt.Errorf("the cookies cannot be written, and nothing was made: %w", err)
		}
		buffer := bufio.NewWriter(file)
		defer func() { err = errors.Join(err, buffer.Flush(), file.Close()) }()
		s.cookie = buffer
	}
	password, start := rand.Text(), time.Now()
	if s.hash, err = auth.NewHasher(d.settings.Passwords.Hash).Hash(ctx, password); err != nil {
		return err
	}
	told := newProgress(p.stderr, time.Now)
	for s.made < f.users && err == nil {
		err = s.batch(ctx, min(seedRows/(2+f.sessions), f.users-s.made))
		told.say(func() string { return fmt.Sprintf("made %d of %d users", s.made, f.users) })
	}
	told.clear()
	if err != nil {
		err = fmt.Errorf("stopped after %d users, which stay: %w", s.made, err)
	}
	_, _ = fmt.Fprintf(p.stdout, "made %d users with %d sessions each in %s\n", s.made, f.sessions, time.Since(start).Round(100*time.Millisecond))
	_, _ = fmt.Fprintf(p.stdout, "e-mail    %s to %s\npassword  %s\n", s.email(1), s.email(s.made), password)
	return err
}

// maySeed says what made-up users must not come among.
func (d *desk) maySeed(ctx context.Context, f seedFlags) error {
	if d.settings.Production {
		return errors.New("APP_ENV is production: made-up users, who all have one password, have no place there")
	}
	if f.cookies != "" && d.settings.BetterAuth.Secret == "" {
		return errNoSecret
	}
	if d.inRedis != nil {
		if err := d.inRedis.Connect(ctx); err != nil {
			return err
		}
		if !d.inRedis.InTable() {
			return errors.New("sessions live in Redis, where none are made: unset REDIS_URL, or use another database")
		}
	}
	_, users, err := d.users.List(ctx, models.UserFilter{}, models.Page{Sort: "email", Limit: 1})
	if err == nil && users > 0 && !f.force {
		err = fmt.Errorf("%s has %d users already; use another database, or say --force", d.settings.Database, users)
	}
	return err
}

// seeder is one run.
type seeder struct {
	*desk
	seedFlags
	// run is in every address, so that a second run does not meet the first.
	run    string
	hash   models.Secret
	made   int
	cookie io.Writer
}

func (s *seeder) email(n int) string { return fmt.Sprintf("seed-%s-%d@example.com", s.run, n) }

// batch makes some more users, and writes their cookies once they are stored.
func (s *seeder) batch(ctx context.Context, size int) error {
	var users []models.User
	var accounts []models.Account
	now := time.Now()
	for n := s.made + 1; n <= s.made+size; n++ {
		user, account := auth.NewUser(s.email(n), fmt.Sprintf("Made-up user %d", n), s.hash, now)
		user.EmailVerified = true
		users, accounts = append(users, *user), append(accounts, *account)
	}
	sessions, err := s.db.Seed(ctx, users, accounts, func(userID string) (all []models.Session) {
		for range s.sessions {
			all = append(all, *auth.NewSession(userID, now, s.settings.Tokens.Refresh, auth.Client{IPAddress: "127.0.0.1", UserAgent: "seed"}))
		}
		return all
	})
	if err != nil {
		return err
	}
	s.made += size
	return s.writeCookies(sessions, s.settings.BetterAuth)
}

func (s *seeder) writeCookies(sessions []models.Session, b config.BetterAuth) error {
	for _, session := range sessions {
		if s.cookie == io.Discard {
			return nil
		}
		if _, err := fmt.Fprintf(s.cookie, "Cookie: %s=%s\n", b.CookieName, auth.SignCookie(session.Token, []byte(b.Secret.Reveal()))); err != nil {
			return err
		}
	}
	return nil
}
