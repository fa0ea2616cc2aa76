package tests

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The filters take text literally and ignore case, in every script and on both databases alike.
func TestAdminUsersFilters(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, admin := s.signedIn(t, "admin")
		stored := map[string]string{} // name: id
		for name, role := range map[string]string{
			"100%": "editor", "100 all": "user,editor", "a_b": "", "axb": "editors", `back\slash`: "Editor", "O'Neil": "user",
			"ÉMILE Ångström": "", "ΣΊΣΥΦΟΣ": "", "Жанна": "my editor",
		} {
			stored[name] = s.user(t, role)
			s.setUser(t, stored[name], `name = $1`, name)
		}
		s.setUser(t, stored["a_b"], `email = 'special.address@example.org'`)
		past, ahead := iso(s.Clock.Now()), iso(s.Clock.Now().Add(time.Millisecond))
		s.setUser(t, stored["axb"], `banned = true`)
		s.setUser(t, stored["Жанна"], `banned = true, "banExpires" = $1`, ahead)
		s.setUser(t, stored["100%"], `banned = true, "banExpires" = $1`, past)
		s.setUser(t, stored["O'Neil"], `banned = false, "banExpires" = $1`, ahead)
		everybody := "100 all,100%,O'Neil,a_b,axb,back\\slash,ÉMILE Ångström,ΣΊΣΥΦΟΣ,Жанна"
		for _, c := range []struct{ query, names string }{
			{"q=100%25", "100%"}, {"q=%25", "100%"}, {"q=_", "a_b"}, {"q=a_b", "a_b"}, {`q=%5C`, `back\slash`}, {"q='", "O'Neil"}, {"q=O'NEIL", "O'Neil"},
			{"q=" + url.QueryEscape("émile å"), "ÉMILE Ångström"}, {"q=" + url.QueryEscape("ÉMILE"), "ÉMILE Ångström"}, {"q=" + url.QueryEscape("жАННА"), "Жанна"},
			{"q=" + url.QueryEscape("ίσυφο"), "ΣΊΣΥΦΟΣ"}, {"q=e", everybody + " by address"}, {"q=emile", ""}, {"q=AL.ADDRESS@", "a_b"}, {"q=%25%25", ""}, {"q=' OR 1=1 --", ""},
			{"role=editor", "100 all,100%"}, {"role=Editor", `back\slash`}, {"role=editors", "axb"}, {"role=edit", ""}, {"role=%25", ""}, {"role=user,editor", "100 all"},
			{"role=user", "100 all,O'Neil,a_b,ÉMILE Ångström,ΣΊΣΥΦΟΣ"}, {"role=my editor", "Жанна"},
			{"banned=true", "axb,Жанна"}, {"banned=false", "100 all,100%,O'Neil,a_b,back\\slash,ÉMILE Ångström,ΣΊΣΥΦΟΣ"},
			{"role=editor&banned=false&q=all", "100 all"}, {"q=&role=&banned=", everybody},
		} {
			want := strings.TrimSuffix(c.names, " by address")
			a := s.do(t, "GET", "/api/admin/users?limit=100&sort=name&"+strings.ReplaceAll(c.query, " ", "+"), "", bearer(admin))
			if a.Status != 200 {
				t.Errorf("%s: %d %s", c.query, a.Status, a.Body)
				continue
			}
			var names []string
			for _, name := range namesOf(t, a) {
				if _, ours := stored[name]; ours {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			if got := strings.Join(names, ","); got != want {
				t.Errorf("%s: %q, want %q", c.query, got, want)
			}
			if list := a.JSON(t); list["total"] != float64(len(list["users"].([]any))) || list["next_cursor"] != nil {
				t.Errorf("%s: total %v and cursor %v of one page", c.query, list["total"], list["next_cursor"])
			}
		}
	})
}

// Pages in every order give every user that was there, once, while others come in between; ties are told apart.
func TestAdminUsersArePagedInEveryOrder(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, admin := s.signedIn(t, "admin")
		for i := range 9 {
			id := s.user(t, "")
			s.setUser(t, id, `name = $1`, []string{"same", "Other", "ähnlich"}[i%3])
			if i%2 == 0 {
				s.Clock.Add(time.Millisecond)
			}
		}
		all := s.one(t, `SELECT count(*) FROM "user"`)
		for _, column := range []string{"created_at", "email", "name", ""} {
			var up []string
			for _, sort := range []string{column, "-" + column} {
				if sort == "-" {
					continue
				}
				var ids []string
				for cursor, pages := "", 0; pages < 30; pages++ {
					a := s.do(t, "GET", "/api/admin/users?limit=2&sort="+sort+"&cursor="+url.QueryEscape(cursor), "", bearer(admin))
					for _, u := range a.JSON(t)["users"].([]any) {
						ids = append(ids, u.(map[string]any)["id"].(string))
					}
					s.exec(t, `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt") VALUES ($1, '', $1, true, $2, $2)`, next("000"), iso(s.Clock.Now().Add(-time.Hour)))
					var more bool
					if cursor, more = a.JSON(t)["next_cursor"].(string); !more {
						break
					}
				}
				ids = slices.DeleteFunc(ids, func(id string) bool { return strings.HasPrefix(id, "000") })
				if distinct := slices.Compact(slices.Sorted(slices.Values(ids))); len(ids) != len(distinct) || strconv.Itoa(len(ids)) != all {
					t.Errorf("sort %q: %d users, %d of them distinct, want %s", sort, len(ids), len(distinct), all)
				}
				if up == nil {
					up = slices.Clone(ids)
				} else if slices.Reverse(up); !slices.Equal(up, ids) {
					t.Errorf("sort %q is not the other way round:\n%q\n%q", sort, up, ids)
				}
				s.exec(t, `DELETE FROM "user" WHERE id LIKE '000%'`)
			}
		}
	})
}

func namesOf(t *testing.T, a answer) (names []string) {
	t.Helper()
	for _, u := range a.JSON(t)["users"].([]any) {
		name, _ := u.(map[string]any)["name"].(string)
		names = append(names, name)
	}
	return names
}
