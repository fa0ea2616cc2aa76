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

// letters are what a mutation writes: those of base64, of cookies, of escapes, and some that have no place there.
const letters = `abcXYZ019+/=-_.%;," 	&` + "\x00\r\n\xff"

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
