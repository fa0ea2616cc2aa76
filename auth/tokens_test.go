package auth

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/config"
	"countersign/models"
)

func TestRandomText(t *testing.T) {
	form := regexp.MustCompile(`^[a-zA-Z0-9]*$`)
	seen, used := map[string]bool{}, map[rune]int{}
	for range 2000 {
		text := randomText(32)
		if len(text) != 32 || !form.MatchString(text) || seen[text] {
			t.Fatalf("%q", text)
		}
		seen[text] = true
		for _, r := range text {
			used[r]++
		}
	}
	// 64,000 letters over 62: some 1032 each, with a deviation of 32. Without the rejection of 248 to 255 the
	// first eight letters would come up 1250 times.
	for _, r := range alphabet {
		if n := used[r]; n < 1032-6*32 || n > 1032+6*32 {
			t.Errorf("%c comes up %d times", r, n)
		}
	}
	if randomText(0) != "" || len(randomText(200)) != 200 {
		t.Error("other lengths")
	}
}

func testIssuer() *Issuer {
	return &Issuer{
		Settings: config.Tokens{Algorithm: "HS256", Access: time.Minute, Refresh: time.Hour},
		Secret:   testSecret, Clock: func() time.Time { return jwtNow },
	}
}

// The successor of a token is always the same, another for another token or secret, and not to be had from
// the token without the secret.
func TestSuccessorID(t *testing.T) {
	i, other := testIssuer(), &Issuer{Secret: []byte("another secret")}
	id := i.successorID("a")
	if id != i.successorID("a") || len(id) != 22 || !plain(id) {
		t.Errorf("%q", id)
	}
	for _, another := range []string{i.successorID("b"), i.successorID(""), i.successorID(id), other.successorID("a")} {
		if another == id {
			t.Errorf("%q repeats", another)
		}
	}
}

func TestRefreshTokenIsTheSameByteForByte(t *testing.T) {
	i := testIssuer()
	row := &models.RefreshToken{SessionID: "s", CreatedAt: jwtNow, ExpiresAt: jwtNow.Add(time.Hour)}
	first, _ := i.refresh("u", "j", row)
	i.Clock = func() time.Time { return jwtNow.Add(5 * time.Second) }
	again, _ := i.refresh("u", "j", row)
	another, _ := i.refresh("u", "k", row)
	if first != again || first == another || first == "" {
		t.Errorf("%q, %q, %q", first.Reveal(), again.Reveal(), another.Reveal())
	}
}

// An access token is no refresh token and the reverse, and neither carries an e-mail address: Better Auth
// would take an HS256 token with one as a confirmed link.
func TestIssuedTokens(t *testing.T) {
	i := testIssuer()
	access, err := i.access("u", "s")
	if err != nil {
		t.Fatal(err)
	}
	refresh, err := i.refresh("u", "j", &models.RefreshToken{SessionID: "s", CreatedAt: jwtNow, ExpiresAt: jwtNow.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := i.readRefresh(access); ok {
		t.Error("an access token refreshes")
	}
	if c, ok := i.readRefresh(refresh); !ok || c.Subject != "u" || c.SessionID != "s" || c.ID != "j" {
		t.Errorf("%+v, %v", c, ok)
	}
	c, reason := checked(access.Reveal())
	if reason != "" || c.Type != "access" || c.SessionID != "s" || c.ID == "" || *c.ExpiresAt-*c.IssuedAt != 60 {
		t.Errorf("%+v, %q", c, reason)
	}
	for _, token := range []models.Secret{access, refresh} {
		if raw, _ := splitJWT(token.Reveal()); strings.Contains(string(raw.payload), "mail") {
			t.Errorf("%s", raw.payload)
		}
	}
}

func TestReadRefresh(t *testing.T) {
	i := testIssuer()
	if _, ok := i.readRefresh(models.Secret(forge(t, "HS256", goodHeader, `{"sub":"u","type":"refresh","exp":1800000060}`))); !ok {
		t.Fatal("a good one is not read")
	}
	at := func(d time.Duration) models.Secret {
		token, _ := i.refresh("u", "j", &models.RefreshToken{SessionID: "s", CreatedAt: jwtNow, ExpiresAt: jwtNow.Add(d)})
		return token
	}
	for name, token := range map[string]models.Secret{
		"empty": "", "no JWT": "abc", "expired": at(-time.Second), "touched": at(time.Hour) + "A",
		"other algorithm": models.Secret(forge(t, "HS512", `{"alg":"HS512"}`, `{"sub":"u","type":"refresh","exp":1800000060}`)),
		"no type":         models.Secret(forge(t, "HS256", goodHeader, `{"sub":"u","exp":1800000060}`)),
	} {
		if _, ok := i.readRefresh(token); ok {
			t.Errorf("%s: is read", name)
		}
	}
}
