package auth

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"countersign/config"
	"countersign/models"
)

// oneUser is a store of one user with one password, and counts sessions.
type oneUser struct {
	UserStore
	AccountStore
	SessionStore
	hash models.Secret
	// meanwhile runs once, when a session is asked for: what another login does between the check and the session.
	meanwhile func()
	sessions  int
}

func (o *oneUser) Record(context.Context, models.AuditEvent) error { return nil }

func (o *oneUser) ByEmail(context.Context, string) (*models.User, error) {
	return &models.User{ID: "ada", Email: "ada@example.com"}, nil
}

func (o *oneUser) WithPassword(context.Context, string) (*models.Account, error) {
	hash := o.hash
	return &models.Account{Password: &hash}, nil
}

func (o *oneUser) Rehash(_ context.Context, _ string, checked, hash models.Secret) error {
	if o.hash != checked {
		return models.ErrWrongPassword
	}
	o.hash = hash
	return nil
}

func (o *oneUser) Create(_ context.Context, s *models.Session, password models.Secret, refresh func(*models.Session) *models.RefreshToken) error {
	if run := o.meanwhile; run != nil {
		o.meanwhile = nil
		run()
	}
	if o.hash != password {
		return models.ErrBadLogin
	}
	refresh(s)
	o.sessions++
	return nil
}

// A login under way while another one rewrites the hash holds; while the password changes, it does not.
func TestLoginWhileTheHashChanges(t *testing.T) {
	t.Parallel()
	store := &oneUser{hash: fast}
	log := &strings.Builder{}
	local := &Local{
		Users: store, Accounts: store, Sessions: store, Audit: store, Hasher: NewHasher(config.Argon2id), Rehash: true, Clock: time.Now,
		Issuer: &Issuer{Settings: config.Tokens{Algorithm: "HS256", Access: time.Minute, Refresh: time.Hour}, Secret: []byte("secret"), Clock: time.Now},
		Log:    slog.New(slog.NewTextHandler(log, nil)),
	}
	login := func() error {
		_, err := local.Login(t.Context(), "Ada@example.com", foreignPassword, Client{})
		return err
	}
	store.meanwhile = func() {
		if err := login(); err != nil || store.hash == fast {
			t.Errorf("the other login: %v, %q", err, store.hash.Reveal())
		}
	}
	if err := login(); err != nil || store.sessions != 2 {
		t.Errorf("a rehash meanwhile: %v, %d sessions", err, store.sessions)
	}
	store.meanwhile = func() { store.hash = fast80 }
	if err := login(); !errors.Is(err, models.ErrBadLogin) || store.sessions != 2 {
		t.Errorf("a change meanwhile: %v, %d sessions", err, store.sessions)
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", log)
	}
}
