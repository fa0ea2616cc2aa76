package tests

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Row 78: a program that is killed while users register leaves whole users behind or none, and each one whose
// registration was answered.
func TestRow078_KilledBetweenTheTwoRows(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := databaseURL(t)
			for round := range 4 {
				for _, email := range killed(t, url, round) {
					sql := openSQL(t, url)
					var accounts int
					row := sql.QueryRowContext(t.Context(), `SELECT count(*) FROM "user" u JOIN "account" a ON a."userId" = u.id WHERE u.email = $1`, email)
					if err := row.Scan(&accounts); err != nil || accounts != 1 {
						t.Errorf("%s was answered and has %d accounts: %v", email, accounts, err)
					}
				}
			}
			var halves int
			row := openSQL(t, url).QueryRowContext(t.Context(), `SELECT count(*) FROM "user" u LEFT JOIN "account" a ON a."userId" = u.id WHERE a.id IS NULL`)
			if err := row.Scan(&halves); err != nil || halves != 0 {
				t.Errorf("%d users without an account: %v", halves, err)
			}
		})
	}
}

// killed starts the program, lets several users register at once, kills it as soon as one was answered, and
// gives the addresses of those who were.
func killed(t *testing.T, databaseURL string, round int) (answered []string) {
	t.Helper()
	command, _, url := launch(t, "DATABASE_URL="+databaseURL)
	emails := make(chan string)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			email := fmt.Sprintf("user-%d-%d@example.com", round, i)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/auth/register",
				strings.NewReader(fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/json")
			a, err := http.DefaultClient.Do(r)
			if err != nil {
				return // it was killed before
			}
			defer a.Body.Close()
			if a.StatusCode == http.StatusCreated {
				emails <- email
			}
		})
	}
	go func() {
		all.Wait()
		close(emails)
	}()
	for email := range emails {
		answered = append(answered, email)
		_ = command.Process.Kill()
	}
	_ = command.Wait() // it ends by the signal
	if len(answered) == 0 {
		t.Error("nobody was registered before the end")
	}
	return answered
}
