package tests

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// refreshToken stores a refresh token of a session without a login, and gives it.
func (s *server) refreshToken(t *testing.T, userID, sessionToken string) string {
	t.Helper()
	now, id := s.Clock.Now(), sessionID(sessionToken)
	token := jwtSign(testSecret, jwtHeader, fmt.Sprintf(`{"sub":%q,"type":"refresh","sid":%q,"jti":%q,"iat":%d,"exp":%d}`,
		userID, id, id, now.Unix(), now.Add(time.Hour).Unix()))
	hash := sha256.Sum256([]byte(token))
	s.exec(t, "INSERT INTO "+s.own("refresh_tokens")+" (session_id, hash, created_at, expires_at) VALUES ($1, $2, $3, $4)",
		id, hash[:], iso(now), iso(now.Add(time.Hour)))
	return token
}

// Row 94: whatever a refresh gave that raced a logout, nothing of it works once the logout was answered.
func TestRow094_LogoutRacingRefresh(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		both := 0
		for round := range 1000 {
			session := s.session(t, id)
			token := s.refreshToken(t, id, session)
			body := tokens{Refresh: token}.refreshBody()
			var refreshed, out answer
			var race sync.WaitGroup
			race.Go(func() { refreshed = s.do(t, "POST", "/auth/refresh", body) })
			race.Go(func() {
				if round%2 == 0 {
					out = s.do(t, "POST", "/auth/logout", body)
				} else {
					out = s.do(t, "POST", "/auth/logout", "", bearer(session))
				}
			})
			race.Wait()
			if out.Status != 204 || refreshed.Status != 200 && refreshed.Status != 401 {
				t.Fatalf("round %d: logout %d %s, refresh %d %s", round, out.Status, out.Body, refreshed.Status, refreshed.Body)
			}
			usable := []string{baStatus(s, t, "GET", "/api/me", "", bearer(session)), baStatus(s, t, "POST", "/auth/refresh", body)}
			if refreshed.Status == 200 {
				both++
				next := tokensOf(t, refreshed)
				usable = append(usable, baStatus(s, t, "GET", "/api/me", "", bearer(next.Access)), baStatus(s, t, "POST", "/auth/refresh", next.refreshBody()))
			}
			if got := strings.Join(usable, " "); strings.Trim(got, "401 ") != "" {
				t.Fatalf("round %d: something lives after the logout was answered: %s", round, got)
			}
		}
		if both == 0 {
			t.Error("no refresh was ever faster: this raced nothing")
		}
	})
}

func baStatus(s *server, t *testing.T, method, path, body string, headers ...string) string {
	return fmt.Sprint(s.do(t, method, path, body, headers...).Status)
}
