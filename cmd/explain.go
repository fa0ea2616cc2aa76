package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/auth"
	"countersign/config"
)

// maxCredential bounds what explain reads, in bytes.
const maxCredential = 64 << 10

// errRefused makes the exit code 1 where a credential does not hold.
var errRefused = errors.New("refused: a request with it is anonymous, or 401 where a user is needed")

func (p *program) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use: "explain", Short: "Say why a cookie, a token or an API key is accepted or not",
		Long: "Say step by step why a credential is accepted or not. It is read from standard input and never from an argument, so that no shell history keeps it:\n" +
			"a Cookie header or a session cookie's value, a bearer token of any kind, or an API key.",
		Example: "  pbpaste | countersign explain\n  countersign explain   (then paste, Enter, Ctrl-D)",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			text, err := io.ReadAll(io.LimitReader(c.InOrStdin(), maxCredential))
			if err != nil {
				return err
			}
			return p.explain(c.Context(), strings.TrimSpace(string(text)))
		},
	}
}

func (p *program) explain(ctx context.Context, credential string) error {
	settings, err := p.settings()
	if err != nil {
		return err
	}
	if settings.BetterAuth.Secret == "" {
		return errNoSecret
	}
	if credential == "" {
		return errors.New("nothing was read on standard input: paste a cookie, a token or an API key")
	}
	r, form := request(ctx, credential, settings.BetterAuth.CookieName)
	p.say("form", form)
	p.sayCookie(r, settings.BetterAuth)
	if err := requireFile(settings.Database); err != nil {
		return fmt.Errorf("could not be checked further: %w", err)
	}
	settings.Tracing.Enabled = false // what it does is no request
	app, err := NewApp(settings, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		return err
	}
	defer func() { _ = app.Close() }()
	if err := app.db.Connect(ctx); err != nil {
		return fmt.Errorf("could not be checked further: %s: %w", settings.Database, err)
	}
	who, err := p.tryEach(ctx, app.explained(), r)
	if err != nil {
		return err
	}
	if who == nil {
		return errRefused
	}
	return p.sayPrincipal(app.policy, who)
}

// request puts a credential where its form says that it belongs.
func request(ctx context.Context, credential, cookieName string) (*http.Request, string) {
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "/api/me", nil) // a constant URL
	header := func(name, value, form string) (*http.Request, string) {
		r.Header.Set(name, value)
		return r, form
	}
	if rest, ok := cutPrefixFold(credential, "cookie:"); ok {
		return header("Cookie", rest, "a Cookie header")
	}
	if rest, ok := cutPrefixFold(credential, "authorization:"); ok {
		return header("Authorization", rest, "an Authorization header")
	}
	if rest, ok := cutPrefixFold(credential, "bearer "); ok {
		return header("Authorization", "Bearer "+rest, "a bearer token")
	}
	if rest, ok := cutPrefixFold(credential, "x-api-key:"); ok {
		return header("X-Api-Key", rest, "an API key")
	}
	name, _, pair := strings.Cut(credential, "=")
	switch dots := strings.Count(credential, "."); {
	case pair && strings.HasSuffix(name, "session_token"), strings.Contains(credential, "; "):
		return header("Cookie", credential, "cookies")
	case dots == 2:
		return header("Authorization", "Bearer "+credential, "a JWT: three parts")
	case dots == 1:
		return header("Cookie", cookieName+"="+credential, "a signed session cookie's value: token and signature")
	}
	r.Header.Set("X-Api-Key", credential)
	return header("Authorization", "Bearer "+credential, "a bare session token, or an API key")
}

// sayCookie says what can be known of a session cookie before the database is asked: whether it is there under
// the name that is read, and whether its signature holds.
func (p *program) sayCookie(r *http.Request, b config.BetterAuth) {
	if r.Header.Get("Cookie") == "" {
		return
	}
	value := auth.CookieValue(r, b.CookieName)
	if value == "" {
		var names []string
		for _, c := range r.Cookies() {
			names = append(names, c.Name)
		}
		if slices.Contains(names, b.CookieName) {
			p.say("cookie", b.CookieName+" is there and has no value: was it copied whole?")
			return
		}
		p.say("cookie", fmt.Sprintf("none is called %s, which is the one that is read; there: %.200s. COOKIE_PREFIX, COOKIE_NAME and SECURE_COOKIES decide the name",
			b.CookieName, strings.Join(names, ", ")))
		return
	}
	if reason := auth.CheckCookie(b.Secret, value); reason != "" {
		p.say("signature", reason)
	} else {
		p.say("signature", "holds")
	}
}

// explained are the verifiers of a read, in their order, of which none changes anything.
func (a *App) explained() []auth.OneKind {
	var all []auth.OneKind
	for _, v := range a.reading {
		if k, ok := v.(*auth.APIKeyVerifier); ok {
			v = &auth.APIKeyVerifier{Keys: k.Keys, Clock: k.Clock, LookOnly: true}
		}
		all = append(all, v)
	}
	return all
}

func cutPrefixFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return "", false
	}
	return strings.TrimSpace(text[len(prefix):]), true
}

// tryEach asks every verifier as a request would, and says what each answers.
func (p *program) tryEach(ctx context.Context, verifiers []auth.OneKind, r *http.Request) (*auth.Principal, error) {
	for _, v := range verifiers {
		who, err := v.Verify(ctx, r)
		var refusal *auth.Refusal
		switch {
		case errors.Is(err, auth.ErrAbsent):
		case errors.As(err, &refusal):
			p.say(string(refusal.Method), "refused: "+refusal.Reason)
		case err != nil:
			return nil, fmt.Errorf("could not be checked: %w", err)
		default:
			p.say(string(who.Method), "holds")
			if who.Method == auth.CookieCache {
				p.say("", "for GET and HEAD outside /api/admin and /protected; elsewhere the session's row decides")
			}
			if who.Method == auth.APIKey {
				p.say("", "as far as it goes without counting a use: a request may be 429 where its quota or its rate is spent")
			}
			return who, nil
		}
	}
	return nil, nil
}

func (p *program) sayPrincipal(policy *auth.Policy, who *auth.Principal) error {
	p.say("user", who.User.ID+" "+who.User.Email)
	p.say("roles", strings.Join(policy.Roles(&who.User), ", "))
	if who.Session != nil {
		p.say("session", fmt.Sprintf("%s until %s", who.Session.ID, who.Session.ExpiresAt.Format(time.RFC3339)))
		if who.Impersonated() {
			p.say("impersonated", "by "+*who.Session.ImpersonatedBy)
		}
	}
	if err := policy.RequireUser(who); err != nil {
		p.say("ban", "the user is banned: 403 on every route that needs a user")
		return err
	}
	p.say("accepted", "a request with it comes from this user")
	return nil
}

func (p *program) say(what, text string) { _, _ = fmt.Fprintf(p.stdout, "%-16s %s\n", what, text) }
