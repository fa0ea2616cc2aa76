package database_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"countersign/config"
	"countersign/database"
	"countersign/models"
)

// One suite for every way that Better Auth's tables are found.
func TestConformance(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s config.Database, _ *sql.DB) {
		for namingName, n := range namings {
			if n.schema != "" && s.Dialect == config.SQLite {
				continue
			}
			for shapeName, shape := range shapes[s.Dialect] {
				t.Run(namingName+", "+shapeName, func(t *testing.T) {
					settings, db := another(t, s)
					settings.Names = n.names
					if n.schema != "" {
						exec(t, db, `CREATE SCHEMA "`+n.schema+`"`)
					}
					if s.Dialect == config.Postgres {
						exec(t, db, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone TO %L', current_database(), 'Asia/Kathmandu'); END $$`)
					}
					exec(t, db, n.write(ddl, shape))
					conform(t, settings, func(query string) string { return one(t, db, n.write(query, shape)) }, shape)
				})
			}
		}
	})
}

func one(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	var value any
	if err := db.QueryRowContext(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return fmt.Sprint(value)
}

// conform runs through what the stores promise. ask gives one value of a query in Better Auth's own names.
func conform(t *testing.T, settings config.Database, ask func(string) string, shape shape) {
	if _, err := migrator(t, settings).Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 4, 11, 7, 470_000_000, time.UTC)
	var log bytes.Buffer
	db, err := database.Open(settings, func() time.Time { return now }, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), sql.OpenDB)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(log.String())
		}
	})
	c := &conformance{t, db, ask, now}
	ada := c.register("ada@example.com", "admin")
	bob := c.register("bob@example.com", "user,editor")
	c.dates(shape)
	c.users(ada, bob)
	c.sessions(ada, bob)
	c.refresh(bob)
	c.posts(bob)
	c.strangeIDs()
	c.administer(ada, bob)
	c.seed()
}

type conformance struct {
	*testing.T
	db  *database.DB
	ask func(string) string
	now time.Time
}

func (c *conformance) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *conformance) register(email, role string) *models.User {
	c.Helper()
	yes, hash := false, models.Secret("hash")
	user := models.User{ID: "text-id-of-" + email, Name: "Zoë", Email: email, CreatedAt: c.now, UpdatedAt: c.now, Role: &role, Banned: &yes}
	account := models.Account{ID: "account-of-" + email, ProviderID: "credential", Password: &hash, CreatedAt: c.now, UpdatedAt: c.now}
	c.must(database.NewAccounts(c.db).Register(c.Context(), &user, &account))
	if user.ID == "" || account.UserID != user.ID || account.AccountID != user.ID {
		c.Fatalf("ids are not filled in: %+v %+v", user, account)
	}
	again, other := user, account
	if err := database.NewAccounts(c.db).Register(c.Context(), &again, &other); !errors.Is(err, models.ErrEmailTaken) {
		c.Errorf("the same address again: %v", err)
	}
	return &user
}

// dates are written in the form that is there.
func (c *conformance) dates(s shape) {
	got := c.ask(`SELECT {user.createdAt} FROM {user} WHERE {user.email} = 'ada@example.com'`)
	want := map[string]string{
		"date": "2026-11-23 04:11:07.47 +0000 UTC", "DATETIME": "2026-11-23 04:11:07.47 +0000 UTC", "integer": "1795407067470",
		"timestamptz": "2026-11-23 04:11:07.47 +0000 UTC", "timestamp": "2026-11-23 04:11:07.47 +0000 UTC", "timestamp(3)": "2026-11-23 04:11:07.47 +0000 UTC",
	}[s.date]
	if s.date == "timestamptz" {
		got = c.ask(`SELECT {user.createdAt} AT TIME ZONE 'UTC' FROM {user} WHERE {user.email} = 'ada@example.com'`)
	}
	if got != want {
		c.Errorf("the date is stored as %s, want %s", got, want)
	}
}

func (c *conformance) users(ada, bob *models.User) {
	users := database.NewUsers(c.db, nil)
	got, err := users.ByEmail(c.Context(), "ada@example.com")
	c.must(err)
	if got.ID != ada.ID || !got.CreatedAt.Equal(c.now) || got.CreatedAt.Location() != time.UTC || got.RoleText() != "admin" {
		c.Errorf("read back as %+v", got)
	}
	for sort, first := range map[string]string{"email": ada.ID, "created_at": "", "name": ""} {
		page := models.Page{Limit: 1, Sort: sort}
		one, total, err := users.List(c.Context(), models.UserFilter{}, page)
		c.must(err)
		if total != 2 || len(one) != 2 || first != "" && one[0].ID != first {
			c.Fatalf("by %s: %d of %d, first %+v", sort, len(one), total, one)
		}
		value := map[string]string{"email": one[0].Email, "created_at": one[0].CreatedAt.Format(time.RFC3339Nano), "name": one[0].Name}[sort]
		page.After = &models.Position{Value: value, ID: one[0].ID}
		two, _, err := users.List(c.Context(), models.UserFilter{}, page)
		c.must(err)
		if len(two) != 1 || two[0].ID != one[1].ID {
			c.Errorf("by %s after %s: %+v", sort, one[0].ID, two)
		}
	}
	for want, filter := range map[string]models.UserFilter{bob.ID: {Role: "editor"}, ada.ID: {Query: "ADA@"}} {
		chosen, _, err := users.List(c.Context(), filter, models.Page{Limit: 10, Sort: "email"})
		c.must(err)
		if len(chosen) != 1 || chosen[0].ID != want {
			c.Errorf("%+v chooses %+v", filter, chosen)
		}
	}
}

// start gives a session of a user with its first refresh token.
func (c *conformance) start(user *models.User, token, hash string) *models.Session {
	c.Helper()
	session := &models.Session{ID: "session-" + token, Token: models.Secret(token), UserID: user.ID, CreatedAt: c.now, UpdatedAt: c.now, ExpiresAt: c.now.Add(time.Hour)}
	c.must(database.NewSessions(c.db).Create(c.Context(), session, "hash", func(s *models.Session) *models.RefreshToken {
		return &models.RefreshToken{SessionID: s.ID, Hash: []byte(hash), CreatedAt: c.now, ExpiresAt: s.ExpiresAt}
	}))
	return session
}

func (c *conformance) sessions(ada, bob *models.User) {
	store := database.NewSessions(c.db)
	one, two := c.start(bob, "one", "h-one"), c.start(bob, "two", "h-two")
	session, user, err := store.ByToken(c.Context(), "one")
	c.must(err)
	if session.ID != one.ID || user.ID != bob.ID || !session.ExpiresAt.Equal(c.now.Add(time.Hour)) || session.Token != "one" {
		c.Errorf("by token: %+v of %+v", session, user)
	}
	if _, _, err := store.ByToken(c.Context(), "none"); !errors.Is(err, models.ErrNotFound) {
		c.Errorf("no such token: %v", err)
	}
	user, session, err = store.WithUser(c.Context(), bob.ID, two.ID)
	c.must(err)
	if user.ID != bob.ID || session == nil || session.ID != two.ID || !session.CreatedAt.Equal(c.now) {
		c.Errorf("with user: %+v, %+v", user, session)
	}
	if _, session, err = store.WithUser(c.Context(), ada.ID, two.ID); err != nil || session != nil {
		c.Errorf("another user's session: %+v, %v", session, err)
	}
	list, err := store.OfUser(c.Context(), bob.ID)
	if c.must(err); len(list) != 2 {
		c.Errorf("%d sessions, want 2", len(list))
	}
	if err := store.End(c.Context(), ada.ID, one.ID, models.AuditSessionEnded); !errors.Is(err, models.ErrNotFound) {
		c.Errorf("ending another user's session: %v", err)
	}
	c.must(store.EndAll(c.Context(), bob.ID, one.ID))
	if list, err = store.OfUser(c.Context(), bob.ID); err != nil || len(list) != 1 || list[0].ID != one.ID {
		c.Errorf("all but one ended: %+v, %v", list, err)
	}
}

func (c *conformance) refresh(bob *models.User) {
	tokens := database.NewRefreshTokens(c.db)
	c.start(bob, "three", "h-three")
	next := func(s *models.Session) *models.RefreshToken {
		return &models.RefreshToken{SessionID: s.ID, Hash: []byte("h-four"), CreatedAt: c.now, ExpiresAt: c.now.Add(2 * time.Hour)}
	}
	first, err := tokens.Rotate(c.Context(), []byte("h-three"), bob.ID, time.Minute, next)
	c.must(err)
	again, err := tokens.Rotate(c.Context(), []byte("h-three"), bob.ID, time.Minute, next)
	if c.must(err); again.ID != first.ID {
		c.Errorf("successors %d and %d", first.ID, again.ID)
	}
	session, _, err := database.NewSessions(c.db).ByToken(c.Context(), "three")
	if c.must(err); !session.ExpiresAt.Equal(c.now.Add(2 * time.Hour)) {
		c.Errorf("the session lives until %s", session.ExpiresAt)
	}
	if _, err := tokens.Rotate(c.Context(), []byte("h-three"), bob.ID, 0, next); !errors.Is(err, models.ErrBadRefreshToken) {
		c.Errorf("reuse: %v", err)
	}
	if _, _, err := database.NewSessions(c.db).ByToken(c.Context(), "three"); !errors.Is(err, models.ErrNotFound) {
		c.Errorf("the session of a reused token: %v", err)
	}
}

func (c *conformance) posts(bob *models.User) {
	posts := database.NewPosts(c.db)
	post := models.Post{Title: "t", AuthorID: &bob.ID}
	c.must(posts.Create(c.Context(), &post))
	got, err := posts.ByID(c.Context(), post.ID)
	c.must(err)
	if !got.WrittenBy(bob.ID) || !got.CreatedAt.Equal(c.now) {
		c.Errorf("%+v", got)
	}
	if drafts, err := posts.List(c.Context(), bob.ID, models.Page{Limit: 10}); err != nil || len(drafts) != 1 {
		c.Errorf("drafts %+v, %v", drafts, err)
	}
}

// strangeIDs cannot be ids of some kinds of table: they are not there, and no error.
func (c *conformance) strangeIDs() {
	for _, id := range []string{"abc", "", "1e3", "99999999999999999999", "00000000-0000-0000-0000-000000000000", "7"} {
		if _, err := database.NewUsers(c.db, []string{id}).ByID(c.Context(), id); !errors.Is(err, models.ErrNotFound) {
			c.Errorf("user %q: %v", id, err)
		}
		if err := database.NewSessions(c.db).End(c.Context(), id, id, ""); !errors.Is(err, models.ErrNotFound) {
			c.Errorf("session %q: %v", id, err)
		}
		if err := database.NewSessions(c.db).EndAll(c.Context(), id, id); err != nil {
			c.Errorf("sessions of %q: %v", id, err)
		}
	}
}

func (c *conformance) administer(ada, bob *models.User) {
	users := database.NewUsers(c.db, []string{"not-an-id-of-here"})
	plain, yes, until := "user", true, c.now.Add(time.Hour)
	ends := &until
	if _, err := users.Administer(c.Context(), ada.ID, models.UserChange{Role: &plain}); !errors.Is(err, models.ErrLastAdmin) {
		c.Errorf("the last admin is demoted: %v", err)
	}
	got, err := users.Administer(c.Context(), bob.ID, models.UserChange{Banned: &yes, BanExpires: &ends})
	c.must(err)
	if !got.BannedAt(c.now) || got.BannedAt(until) {
		c.Errorf("banned as %+v", got)
	}
	if list, err := database.NewSessions(c.db).OfUser(c.Context(), bob.ID); err != nil || len(list) != 0 {
		c.Errorf("a ban leaves sessions: %+v, %v", list, err)
	}
	if _, total, err := users.List(c.Context(), models.UserFilter{Banned: &yes}, models.Page{Limit: 10, Sort: "name"}); err != nil || total != 1 {
		c.Errorf("%d are banned: %v", total, err)
	}
	c.must(users.Delete(c.Context(), bob.ID))
	if n := c.ask(`SELECT count(*) FROM {account}`); n != "1" {
		c.Errorf("%s accounts are left", n)
	}
	posts, err := database.NewPosts(c.db).List(c.Context(), "", models.Page{Limit: 10})
	if c.must(err); len(posts) != 0 {
		c.Errorf("drafts without an author are shown: %+v", posts)
	}
}
