package tests

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// Whoever knows the old password must not overwrite a change that was faster.
func TestOfPasswordChangesAtOnceOneCounts(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		_, access, _ := baSignUp(t, s, "ada@example.com", password)
		statuses := make(chan int, 4)
		for i := range cap(statuses) {
			go func() {
				body := fmt.Sprintf(`{"current_password":%q,"new_password":"another one %d"}`, password, i)
				statuses <- s.do(t, "POST", "/auth/password", body, bearer(access)).Status
			}()
		}
		count := map[int]int{}
		for range cap(statuses) {
			count[<-statuses]++
		}
		if count[http.StatusNoContent] != 1 || count[http.StatusBadRequest] != 3 {
			t.Errorf("answers %v, want one 204 and the rest 400", count)
		}
	})
}

// A login with the old password that was under way must not outlive the change, nor one of a user who was
// banned or deleted in between.
func TestALoginUnderWayDoesNotOutliveItsPassword(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		for name, end := range map[string]func(id, access, admin string){
			"changed": func(_, access, _ string) {
				s.expect(t, 204, "POST", "/auth/password", fmt.Sprintf(`{"current_password":%q,"new_password":"another one"}`, password), bearer(access))
			},
			"banned": func(id, _, admin string) {
				s.expect(t, 200, "PATCH", "/api/admin/users/"+id, `{"banned":true}`, bearer(admin))
			},
			"deleted": func(id, _, admin string) { s.expect(t, 204, "DELETE", "/api/admin/users/"+id, "", bearer(admin)) },
		} {
			email := name + "@example.com"
			id, access, _ := baSignUp(t, s, email, password)
			admin := s.session(t, s.user(t, "admin"))
			var mu sync.Mutex
			var made []string
			var all sync.WaitGroup
			for range 6 {
				all.Go(func() {
					a := s.do(t, "POST", "/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password))
					if a.Status >= http.StatusInternalServerError {
						t.Errorf("%s: login answers %d: %s", name, a.Status, a.Body)
					}
					if a.Status == http.StatusOK {
						mu.Lock()
						defer mu.Unlock()
						made = append(made, a.JSON(t)["access_token"].(string))
					}
				})
			}
			end(id, access, admin)
			all.Wait()
			for _, token := range made {
				if status := baMe(t, s, bearer(token)); status == http.StatusOK {
					t.Errorf("%s: a token of a login with the old password is alive", name)
				}
			}
		}
	})
}
