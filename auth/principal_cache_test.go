package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"countersign/models"
)

// switchable is a watch that is current when it is told to be.
type switchable struct{ current bool }

func (s *switchable) Current() bool { return s.current }

// verifier answers with one principal and counts how often it was asked; meanwhile runs while it looks.
type verifier struct {
	principal *Principal
	err       error
	meanwhile func()
	asked     int
}

func (v *verifier) Verify(context.Context, *http.Request) (*Principal, error) {
	v.asked++
	if v.meanwhile != nil {
		v.meanwhile()
	}
	if v.err != nil {
		return nil, v.err
	}
	p := *v.principal
	return &p, nil
}

// everything is a principal of which every member is set.
func everything(now time.Time) *Principal {
	text := func(s string) *string { return &s }
	yes, later := false, now.Add(time.Hour)
	return &Principal{
		User: models.User{
			ID: "ada", Name: "Ada", Email: "ada@example.com", EmailVerified: true, Image: text("image"), CreatedAt: now, UpdatedAt: now,
			Role: text("admin"), Banned: &yes, BanReason: text("none"), BanExpires: &later, TwoFactorEnabled: new(bool),
		},
		Session: &models.Session{
			ID: "s1", ExpiresAt: later, Token: "token", CreatedAt: now, UpdatedAt: now, UserID: "ada",
			IPAddress: text("192.0.2.1"), UserAgent: text("agent"), ImpersonatedBy: text("boss"),
		},
		Method: SessionCookie, Expires: now.Add(2 * time.Hour),
	}
}

type cacheTest struct {
	*testing.T
	now      time.Time
	watch    *switchable
	verifier *verifier
	cache    *PrincipalCache
	cached   *Cached
}

func newCacheTest(t *testing.T, entries int) *cacheTest {
	c := &cacheTest{T: t, now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), watch: &switchable{true}}
	c.verifier = &verifier{principal: everything(c.now)}
	c.cache = NewPrincipalCache(entries, c.watch, func() time.Time { return c.now })
	t.Cleanup(c.cache.Close)
	c.cached = &Cached{Verifier: c.verifier, Method: SessionCookie, Text: func(r *http.Request) string { return r.Header.Get("Credential") }, Cache: c.cache}
	return c
}

// ask asks for a credential and says whether the verifier had to look.
func (c *cacheTest) ask(credential string) (p *Principal, looked bool) {
	c.Helper()
	r, _ := http.NewRequestWithContext(c.Context(), http.MethodGet, "/", nil)
	r.Header.Set("Credential", credential)
	before := c.verifier.asked
	p, err := c.cached.Verify(c.Context(), r)
	if !errors.Is(err, c.verifier.err) {
		c.Fatal(err)
	}
	return p, c.verifier.asked != before
}

func (c *cacheTest) expect(credential string, wantLook bool) {
	c.Helper()
	if _, looked := c.ask(credential); looked != wantLook {
		c.Errorf("the verifier was asked: %v, want %v", looked, wantLook)
	}
}

func TestCacheForgetsWhatChanged(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(c *cacheTest){
		"session":           func(c *cacheTest) { c.cache.EndSession("s1") },
		"user":              func(c *cacheTest) { c.cache.EndUser("ada") },
		"all":               func(c *cacheTest) { c.cache.EndAll() },
		"a minute":          func(c *cacheTest) { c.now = c.now.Add(cachedFor) },
		"nothing is known":  func(c *cacheTest) { c.watch.current = false },
		"the session's end": func(c *cacheTest) { c.verifier.principal.Session.ExpiresAt = c.now; c.cache.EndAll(); c.ask("x") },
		"the token's end":   func(c *cacheTest) { c.verifier.principal.Expires = c.now; c.cache.EndAll(); c.ask("x") },
		"banned":            func(c *cacheTest) { *c.verifier.principal.User.Banned = true; c.cache.EndAll(); c.ask("x") },
		"changed meanwhile": func(c *cacheTest) {
			c.verifier.meanwhile = func() { c.cache.EndUser("ada") }
			c.cache.EndAll()
			c.ask("x")
		},
		"unknown meanwhile": func(c *cacheTest) {
			c.verifier.meanwhile = func() { c.watch.current = !c.watch.current }
			c.cache.EndAll()
			c.ask("x")
			c.watch.current = true
		},
		"unknown at the start": func(c *cacheTest) {
			c.watch.current = false
			c.cache.EndAll()
			c.verifier.meanwhile = func() { c.watch.current = true }
			c.ask("x")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCacheTest(t, 100)
			c.expect("x", true)
			c.expect("x", false)
			change(c)
			c.expect("x", true)
		})
	}
	c := newCacheTest(t, 100)
	c.expect("x", true)
	c.cache.EndSession("s2")
	c.cache.EndUser("bob")
	c.now = c.now.Add(cachedFor - time.Millisecond)
	c.expect("x", false)
	c.expect("", true)
	c.expect("", true)
	c.expect("X", true)
}

func TestCacheKeepsNoRefusal(t *testing.T) {
	t.Parallel()
	c := newCacheTest(t, 100)
	for _, err := range []error{ErrAbsent, &Refusal{SessionCookie, "bad"}, models.StoreUnavailable(errors.New("away"))} {
		c.verifier.err = err
		c.expect("x", true)
	}
	c.verifier.err = nil
	c.expect("x", true)
}

// A handler that writes into what it was given must change nobody else's.
func TestCacheGivesCopies(t *testing.T) {
	t.Parallel()
	c := newCacheTest(t, 100)
	want := everything(c.now)
	for range 3 {
		p, _ := c.ask("x")
		if !reflect.DeepEqual(p, want) {
			t.Fatalf("got  %+v\nwant %+v", p, want)
		}
		scribble(reflect.ValueOf(&p.User).Elem())
		scribble(reflect.ValueOf(p.Session).Elem())
		p.Session.ID, p.User.ID = "another", "another"
	}
}

// scribble overwrites what every pointer in a struct leads to.
func scribble(v reflect.Value) {
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			f.Elem().SetZero()
		}
	}
}

func TestCacheKeepsTheAnswerReady(t *testing.T) {
	t.Parallel()
	c := newCacheTest(t, 100)
	made := 0
	c.cache.Prepare = func(p *Principal) ([]byte, error) { made++; return fmt.Appendf(nil, "%s %d", p.User.ID, made), nil }
	expect := func(want string) {
		t.Helper()
		for range 3 { // the first is looked up
			p, _ := c.ask("x")
			if string(p.Prepared()) != want {
				t.Fatalf("%s, want %s", p.Prepared(), want)
			}
			clear(p.Prepared()) // it is nobody else's
		}
	}
	expect("ada 1")
	c.cache.EndUser("ada")
	expect("ada 2")
	c.cache.Prepare = func(*Principal) ([]byte, error) { return nil, errors.New("not this time") }
	c.cache.EndUser("ada")
	expect("")
	c.expect("x", false)
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCacheTest(t, 100)
	found := func() (n int) {
		for i := range 5000 {
			if c.cache.get(SessionCookie, fmt.Sprint(i)) != nil {
				n++
			}
		}
		return n
	}
	for i := range 5000 {
		c.ask(fmt.Sprint(i))
	}
	if n := found(); n < 50 || n > 100 || c.cache.Stats().Entries != n {
		t.Errorf("%d are found, %d are counted", n, c.cache.Stats().Entries)
	}
	for range 2 { // what nobody asks for leaves, even where there is room
		c.now = c.now.Add(cachedFor)
		c.ask("new")
	}
	if n := c.cache.Stats().Entries; n != 2 {
		t.Errorf("%d entries", n)
	}
	c.cache.EndAll()
	if n := c.cache.Stats().Entries; n != 0 {
		t.Errorf("%d entries", n)
	}
}

// A change is remembered for as long as something that was looked up before it, and many are one of all.
func TestChangesAreBounded(t *testing.T) {
	t.Parallel()
	c := newCacheTest(t, 100)
	before := c.cache.changes.sequence.Load()
	c.cache.EndUser("ada")
	for range 2 {
		if !c.cache.changes.since(before, "s1", "ada") || c.cache.changes.since(before, "s1", "bob") {
			t.Error("not known any more")
		}
		c.now = c.now.Add(cachedFor)
		c.cache.EndUser("eve")
	}
	if c.cache.changes.since(before, "s1", "ada") {
		t.Error("remembered for ever")
	}
	for i := range maxChanges + 1 {
		c.cache.EndSession(fmt.Sprint(i))
	}
	if n := len(c.cache.changes.sessions.young); n > maxChanges || !c.cache.changes.since(before, "another", "another") {
		t.Errorf("%d sessions", n)
	}
}
