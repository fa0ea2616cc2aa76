package tests

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"countersign/tests/betterauth"
)

// mutations is how many spoiled credentials of each kind are tried.
const mutations = 5000

// Nothing that Better Auth refuses is accepted here, over many cookies and bearer tokens that were good ones
// before a letter or three were changed.
func TestNothingIsAcceptedThatBetterAuthRefuses(t *testing.T) {
	t.Parallel()
	url := databases["sqlite"](t)
	ba := betterauth.Start(t, betterauth.Options{DatabaseURL: "file:" + strings.TrimPrefix(url, "sqlite:"), Secret: testSecret, Plugins: []string{"admin", "bearer"}})
	ba.Migrate(t)
	s := start(t, url)
	ada := ba.SignUp(t, "ada@example.com", password, "Ada")
	bob := ba.SignUp(t, "bob@example.com", password, "Bob")
	for header, good := range map[string][]string{
		"Cookie":        {ada.Cookie, bob.Cookie},
		"Authorization": {"Bearer " + ada.Token, "Bearer " + bob.Token, "bearer " + ada.BareToken},
	} {
		t.Run(header, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2)) // the same ones each time
			accepted := 0
			for range mutations {
				value := mutate(random, good)
				here := s.do(t, "GET", "/api/me", "", header+": "+value)
				if here.Status == http.StatusUnauthorized {
					continue
				}
				accepted++
				there := ba.Do(t, "GET", "/api/auth/get-session", map[string]string{header: value}, nil)
				var session struct{ User struct{ ID string } }
				if err := json.Unmarshal(there.Body, &session); err != nil || session.User.ID != here.JSON(t)["id"] {
					t.Errorf("%q is %v here and %s there", value, here.JSON(t)["id"], there.Body)
				}
			}
			if accepted == 0 || accepted == mutations {
				t.Errorf("%d of %d were accepted: the mutations are too strong or too weak", accepted, mutations)
			}
		})
	}
}

// The same for Better Auth's cookie cache, in each of its forms. Its user has another name in the database by
// now: an answer with the old one came from the cache.
func TestNoCacheIsAcceptedThatBetterAuthRefuses(t *testing.T) {
	t.Parallel()
	for _, strategy := range []string{"compact", "jwt", "jwe"} {
		t.Run(strategy, func(t *testing.T) {
			t.Parallel()
			url := databases["sqlite"](t)
			ba := betterauth.Start(t, betterauth.Options{
				DatabaseURL: "file:" + strings.TrimPrefix(url, "sqlite:"), Secret: testSecret, Plugins: []string{"admin"},
				Extra: map[string]any{"session": map[string]any{"cookieCache": map[string]any{"enabled": true, "strategy": strategy, "maxAge": 3600}}},
			})
			ba.Migrate(t)
			s := start(t, url, "COOKIE_CACHE=on")
			good := ba.SignUp(t, "ada@example.com", password, "As it was").Cookie
			s.exec(t, `UPDATE "user" SET name = 'As it is'`)
			cached := func(body string) bool { return strings.Contains(body, "As it was") }
			here := func(cookies string) bool { return cached(s.do(t, "GET", "/api/me", "", "Cookie: "+cookies).Body) }
			there := func(cookies string) bool {
				return cached(string(ba.Do(t, "GET", "/api/auth/get-session", map[string]string{"Cookie": cookies}, nil).Body))
			}
			if !here(good) || !there(good) {
				t.Fatalf("the good cache is accepted here %v and there %v", here(good), there(good))
			}
			random := rand.New(rand.NewPCG(3, 4))
			for range mutations / 3 {
				if spoiled := mutate(random, []string{good}); here(spoiled) && !there(spoiled) {
					t.Errorf("%q is accepted here and not there", spoiled)
				}
			}
		})
	}
}

// letters are what a mutation writes: those of base64, of cookies, of escapes, and some that have no place there.
// Control characters are left out: a server refuses headers that have them.
const letters = `abcXYZ019+/=-_.%;," &` + "\xff"

// mutate changes one to three places of one of the texts, or of two that are joined.
func mutate(random *rand.Rand, good []string) string {
	text := good[random.IntN(len(good))]
	for range 1 + random.IntN(3) {
		at, letter := random.IntN(len(text)), letters[random.IntN(len(letters))]
		switch random.IntN(8) {
		case 0:
			text = text[:at] + text[at+1:]
		case 1:
			text = text[:at] + string(letter) + text[at:]
		case 2:
			text = text[:at] + string(letter) + text[at+1:]
		case 3:
			text = text[:at]
		case 4:
			text += "; " + good[random.IntN(len(good))]
		case 5:
			text = strings.Replace(text, "%", "%25", 1)
		case 6:
			text = strings.NewReplacer("%2B", "+", "%2F", "/", "%3D", "=").Replace(text)
		case 7:
			if name, value, ok := strings.Cut(text, "="); ok {
				text = name + `="` + value + `"`
			}
		}
		if text == "" {
			return "x"
		}
	}
	return text
}
