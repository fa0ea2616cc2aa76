package cmd

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/auth"
	"countersign/config"
	"countersign/database"
	"countersign/database/redis"
)

// errUnwell makes the exit code 1 where doctor found something.
var errUnwell = errors.New("not all is well")

func (p *program) doctorCommand() *cobra.Command {
	var asJSON, cookie bool
	c := &cobra.Command{
		Use: "doctor", Short: "Say what keeps Countersign from working with your Better Auth, and how to mend it",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			pasted := cookieFrom(c, cookie)
			if cookie && pasted == "" {
				return errors.New("nothing was read on standard input: paste the session cookie of your browser")
			}
			findings := p.examine(c.Context(), pasted)
			if err := p.report(findings, asJSON); err != nil {
				return err
			}
			for _, f := range findings {
				if !f.OK {
					return errUnwell
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&cookie, "cookie", false, "read a session cookie from your browser on standard input, and try the secret on it")
	c.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return c
}

// cookieFrom reads what was pasted, "" where nothing was asked for.
func cookieFrom(c *cobra.Command, asked bool) string {
	if !asked {
		return ""
	}
	text, _ := io.ReadAll(io.LimitReader(c.InOrStdin(), maxCredential)) // what cannot be read is no cookie
	return strings.TrimSpace(string(text))
}

// examine looks at everything, settings first: without them nothing else can be asked.
func (p *program) examine(ctx context.Context, cookie string) []database.Finding {
	s, err := p.settings()
	var problems *config.Problems
	if errors.As(err, &problems) {
		var findings []database.Finding
		for _, problem := range problems.List {
			what, mend, _ := strings.Cut(problem.Message, "; ")
			findings = append(findings, database.Finding{What: problem.Name, Detail: what, Mend: mend})
		}
		return findings
	}
	if err != nil {
		return []database.Finding{{What: "settings", Detail: err.Error()}}
	}
	findings := []database.Finding{{What: "settings", OK: true, Detail: "all can be used"}}
	for _, w := range s.Warnings {
		findings = append(findings, database.Finding{What: "settings", OK: true, Detail: w})
	}
	if requireFile(s.Database) != nil {
		findings = append(findings, database.Finding{What: "database", Detail: s.Database.String() + ": there is no such file", Mend: "mend DATABASE_URL, or run: countersign migrate up"})
	} else {
		findings = append(findings, database.Inspect(ctx, s.Database, time.Now())...)
		findings = append(findings, secret(ctx, s, cookie)...)
		findings = append(findings, cacheable(ctx, s))
	}
	if s.Redis.URL != "" {
		findings = append(findings, secondaryStorage(ctx, s.Redis))
	}
	return append(findings, origins(s), rateLimits(s), betterAuthServer(ctx, s.BetterAuth.URL), signingKeys(s.BetterAuth))
}

// secret tries the secret on what Better Auth made with its own: a cookie that was pasted, a key of its jwks table.
func secret(ctx context.Context, s *config.Config, cookie string) []database.Finding {
	const mend = "set BETTER_AUTH_SECRET to the one that your Better Auth has (BETTER_AUTH_SECRETS where it rotates)"
	if s.BetterAuth.Secret == "" {
		return []database.Finding{{What: "secret", Detail: "BETTER_AUTH_SECRET is not set", Mend: mend}}
	}
	var findings []database.Finding
	if cookie != "" {
		r, _ := request(ctx, cookie, s.BetterAuth.CookieName)
		value := auth.CookieValue(r, s.BetterAuth.CookieName)
		f := database.Finding{What: "secret", OK: true, Detail: "it signed the cookie"}
		switch reason := auth.CheckCookie(s.BetterAuth.Secret, value); {
		case value == "":
			f = database.Finding{What: "cookie", Detail: "what was pasted has none called " + s.BetterAuth.CookieName + ", which is the one that is read", Mend: "paste the whole Cookie header; where it has another name, COOKIE_PREFIX, COOKIE_NAME and SECURE_COOKIES decide"}
		case strings.HasPrefix(reason, "signature does not match"):
			f = database.Finding{What: "secret", Detail: "the cookie: " + reason, Mend: mend}
		case reason != "":
			f = database.Finding{What: "cookie", Detail: reason, Mend: "paste the cookie's whole value, token and signature"}
		}
		findings = append(findings, f)
	}
	m, err := database.OpenMigrator(s.Database)
	if err != nil {
		return findings // what the database says of that stands above
	}
	defer func() { _ = m.Close() }()
	key, err := m.PrivateKey(ctx)
	if err != nil {
		if cookie == "" {
			findings = append(findings, database.Finding{
				What: "secret", OK: true, Detail: "is set; nothing in the database tells whether Better Auth has the same",
				Mend: "to know, paste the session cookie of your browser into: countersign doctor --cookie",
			})
		}
		return findings
	}
	f := database.Finding{What: "secret", OK: true, Detail: "it decrypts Better Auth's signing key"}
	switch err := auth.CheckSecrets(s.BetterAuth.Retired, key); {
	case errors.Is(err, auth.ErrNoLegacySecret):
		f = database.Finding{What: "secret", OK: true, Detail: "Better Auth's signing key was encrypted before the secrets rotated", Mend: "to have it checked, set BETTER_AUTH_SECRET to the secret of that time, beside BETTER_AUTH_SECRETS"}
	case err != nil:
		f = database.Finding{What: "secret", Detail: "it is not the one that encrypted Better Auth's signing key", Mend: mend}
	}
	return append(findings, f)
}

// signingKeys fetches the keys of the JWT plugin as a request would.
func signingKeys(b config.BetterAuth) database.Finding {
	f := database.Finding{What: "JWKS", OK: true, Detail: "not asked: neither BETTER_AUTH_URL nor BETTER_AUTH_JWKS_URL is set"}
	keys := auth.NewRemoteKeys(b.JWKSURL, time.Now, slog.New(slog.DiscardHandler))
	if keys == nil {
		return f
	}
	n, err := keys.Check()
	switch {
	case errors.Is(err, auth.ErrNoKeys):
		f.Detail, f.Mend = "Better Auth publishes none", "where its JWT plugin is used under another path, set BETTER_AUTH_JWKS_URL"
		return f
	case err != nil:
		f.OK, f.Detail, f.Mend = false, err.Error(), "let "+b.JWKSURL+" answer, or set BETTER_AUTH_JWKS_URL to where it does"
		return f
	}
	f.Detail = fmt.Sprintf("%d keys; JWTs must have %s as iss and aud", n, b.URL)
	return f
}

// cacheable says whether requests can be answered without the database. That they cannot is slow and not wrong.
func cacheable(ctx context.Context, s *config.Config) database.Finding {
	f := database.Finding{What: "session cache", OK: true, Detail: "off: SESSION_CACHE"}
	if !s.SessionCache.Enabled {
		return f
	}
	db, err := database.Open(s.Database, time.Now, slog.New(slog.DiscardHandler), sql.OpenDB)
	if err == nil {
		defer func() { _ = db.Close() }()
		err = db.Connect(ctx)
	}
	if err != nil {
		f.Detail = "not in use: the database cannot be used"
		return f
	}
	why, mend, _ := strings.Cut(database.TryWatch(ctx, db), "; ")
	switch {
	case why != "":
		f.Detail, f.Mend = "not in use, every request asks the database: "+why, mend
	case s.Redis.URL != "":
		f.Detail = "in use while no session lives in Redis, which tells nobody when one ends"
	default:
		f.Detail = "in use: every change of a session or user is known of at once"
	}
	return f
}

// secondaryStorage says whether Redis answers.
func secondaryStorage(ctx context.Context, settings config.Redis) database.Finding {
	f := database.Finding{What: "Redis", Detail: settings.Place + " answers", OK: true}
	storage := redis.Open(settings, time.Now)
	if err := errors.Join(storage.Ping(ctx), storage.Close()); err != nil {
		f.OK, f.Detail, f.Mend = false, settings.Place+" does not answer: "+err.Error(), "see that it runs and that REDIS_URL leads to it, from here"
	}
	return f
}

// origins says who may call with cookies.
func origins(s *config.Config) database.Finding {
	f := database.Finding{What: "origins", OK: true, Detail: strings.Join(s.Frontends.List(), ", ") + " may call with cookies"}
	if s.BetterAuth.URL != "" && !s.Frontends.Allows(s.BetterAuth.URL) {
		f.Detail += "; " + s.BetterAuth.URL + ", where Better Auth runs, may not"
		f.Mend = "where its pages call this API, add it to FRONTEND_URL"
	}
	return f
}

// betterAuthServer asks the server whether it is one, and what time it has.
func betterAuthServer(ctx context.Context, url string) database.Finding {
	f := database.Finding{What: "Better Auth", Mend: "let the server that runs Better Auth answer there, or set BETTER_AUTH_URL to where it does, as it is reached from here"}
	if url == "" {
		f.OK, f.Detail = true, "BETTER_AUTH_URL is not set: JWTs of the JWT plugin are refused"
		return f
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/auth/ok", nil)
	if err != nil {
		f.Detail = "BETTER_AUTH_URL cannot be asked"
		return f
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		f.Detail = url + " does not answer: " + err.Error()
		return f
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		f.Detail = fmt.Sprintf("%s/api/auth/ok answers %d", url, answer.StatusCode)
		return f
	}
	f.OK, f.Detail, f.Mend = true, url+" answers", ""
	if theirs, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		if off := time.Since(theirs).Round(time.Second); off.Abs() > 5*time.Second {
			f.OK, f.Detail, f.Mend = false, fmt.Sprintf("the clock of %s is %s off", url, off), "set both clocks by NTP: sessions and tokens would end too early or too late"
		}
	}
	return f
}

func (p *program) report(findings []database.Finding, asJSON bool) error {
	if asJSON {
		return p.printJSON(findings)
	}
	for _, f := range findings {
		state := p.mark(true, "ok    ")
		if !f.OK {
			state = p.mark(false, "NOT OK")
		}
		if _, err := fmt.Fprintf(p.stdout, "%s  %s: %s\n", state, f.What, f.Detail); err != nil {
			return err
		}
		if f.Mend != "" {
			if _, err := fmt.Fprintf(p.stdout, "        -> %s\n", f.Mend); err != nil {
				return err
			}
		}
	}
	return nil
}
