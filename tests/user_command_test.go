package tests

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// apart runs a subcommand of the real program and gives what it writes to standard output and to standard error.
func apart(t *testing.T, input, arguments string, env ...string) (out, said string, code int) {
	t.Helper()
	command := program(t, append(env, "COUNTERSIGN_TEST_ARGUMENTS="+arguments)...)
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(input), &stdout, &stderr
	var exit *exec.ExitError
	if err := command.Run(); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), code
}

// clerk runs subcommands on a server's database and keeps all that they say.
type clerk struct {
	*server
	env []string
	all strings.Builder
}

func newClerk(s *server, env ...string) *clerk {
	return &clerk{server: s, env: append([]string{"DATABASE_URL=" + s.URL, "BETTER_AUTH_SECRET=" + testSecret}, env...)}
}

// does runs a subcommand and asks what it must say and its exit code.
func (c *clerk) does(t *testing.T, input, arguments string, code int, words ...string) {
	t.Helper()
	said, got := tell(t, input, arguments, c.env...)
	says(t, said, got, code, words...)
	c.all.WriteString(said)
}

// events is the audit trail of a user: what, with which detail, and by whom.
func (c *clerk) events(t *testing.T, id string) string {
	t.Helper()
	return c.one(t, `SELECT coalesce(string_agg(type || ' ' || coalesce(detail, '') || ' ' || coalesce(actor_id, 'nobody'), '; ' ORDER BY id), '') FROM `+c.own("audit_events")+` WHERE user_id = $1`, id)
}

// One user's life at the command line, seen over HTTP by what it lets the user do.
func TestUserCommands(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		c := newClerk(s)
		const email = "ada@example.com"
		c.does(t, password+"\n", "user create Ada@Example.com --name Ada --role admin", 0, "made "+email+" with the role admin")
		id := s.one(t, `SELECT id FROM "user" WHERE email = $1`, email)
		access, _ := baLogin(t, s, email, password)
		me := s.expect(t, 200, "GET", "/api/me", "", bearer(access)).JSON(t)
		if me["name"] != "Ada" || me["role"] != "admin" {
			t.Errorf("made %v", me)
		}
		c.does(t, password, "user create ada@example.com", 1, "Email already registered")

		c.does(t, "", "user ban "+email, 1, "The last admin cannot be banned")
		c.does(t, "", "user role "+id+" user", 1, "The last admin cannot be banned, demoted")
		s.expect(t, 200, "GET", "/api/me", "", bearer(access))
		s.user(t, "admin")
		c.does(t, "", "user role "+id+" moderator,user", 0, email+" now has the role moderator,user")
		s.expect(t, 403, "GET", "/api/admin/users", "", bearer(access))

		c.does(t, "", "user ban ADA@example.com --for 24h --reason spam", 0, email+" is banned until 20", "all sessions are ended")
		if left := s.one(t, `SELECT count(*) FROM "session" WHERE "userId" = $1`, id); left != "0" {
			t.Errorf("%s sessions are left after a ban", left)
		}
		s.expect(t, 403, "POST", "/auth/login", loginBody(email, password))
		until, _ := time.Parse(time.RFC3339, strings.Split(strings.SplitAfter(c.all.String(), "is banned until ")[1], ",")[0])
		if day := time.Until(until); day < 23*time.Hour || day > 24*time.Hour {
			t.Errorf("banned until %s", until)
		}
		c.does(t, "", "user ban "+email, 0, "is banned until it is lifted")
		if got := s.one(t, `SELECT coalesce("banReason", '') || coalesce(CAST("banExpires" AS text), '') FROM "user" WHERE id = $1`, id); got != "" {
			t.Errorf("a new ban keeps %q of the old one", got)
		}
		c.does(t, "", "user unban "+id, 0, email+" is not banned")

		access, _ = baLogin(t, s, email, password)
		c.does(t, "another password\r\n", "user password "+email, 0, "has another password, and all sessions are ended")
		s.expect(t, 401, "GET", "/api/me", "", bearer(access))
		s.expect(t, 401, "POST", "/auth/login", loginBody(email, password))
		baLogin(t, s, email, "another password")
		out, said, code := apart(t, "", "user password "+email+" --random", c.env...)
		says(t, said, code, 0, "has another password")
		if strings.Count(out, "\n") != 1 || len(out) < 20 {
			t.Errorf("--random prints %d bytes", len(out))
		}
		s.expect(t, 401, "POST", "/auth/login", loginBody(email, "another password"))
		baLogin(t, s, email, strings.TrimSpace(out))

		want := "registered created nobody; role_changed created as admin nobody; signed_in  " + id + "; role_changed admin to moderator,user nobody; " +
			"banned until " + until.Format(time.RFC3339) + " nobody; sign_in_failed inactive_user nobody; banned without an end nobody; unbanned  nobody; signed_in  " + id +
			"; password_changed  nobody; sign_in_failed bad_login nobody; signed_in  " + id + "; password_changed  nobody; sign_in_failed bad_login nobody; signed_in  " + id
		if got := c.events(t, id); got != want {
			t.Errorf("the audit trail has\n%s\nwant\n%s", got, want)
		}
	})
}

// What the rules of registration refuse is refused, and nothing is kept of it.
func TestUserCommandsRefuse(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		c := newClerk(s)
		id := s.user(t, "")
		before := baDump(t, s)
		for _, r := range []struct{ input, arguments, says string }{
			{"seven77", "user create a@example.com", "password must have 8 to 128 characters"},
			{strings.Repeat("x", 129), "user create a@example.com", "password must have 8 to 128 characters"},
			{"", "user create a@example.com", "must have one line and nothing else"},
			{password + "\n" + password, "user create a@example.com", "must have one line and nothing else"},
			{"correct\x00horse", "user create a@example.com", "password must have"},
			{"correct\xffhorse", "user create a@example.com", "password must have"},
			{password, "user create nobody", "is not an email address"},
			{password, "user create a@example.com --role a,,b", "is not a role"},
			{password, "user create a@example.com --name " + strings.Repeat("n", 201), "at most 200 characters"},
			{password, "user password " + id, id + "@example.com has no password to replace"},
			{"short", "user password " + id, "password must have"},
			{password, "user password nobody@example.com", "has no user with the e-mail or the id"},
			{"", "user ban nobodys-id", "has no user with the e-mail or the id"},
			{"", "user ban " + id + " --for 0s", "--for must be longer than nothing"},
			{"", "user ban " + id + " --reason " + strings.Repeat("r", 1001), "at most 1000"},
			{"", "user sessions " + id + " --end nothing", "has no session with that id"},
			{"", "user sessions " + id + " --end x --end-all", "none of the others can be"},
			{"", "user list --limit 1001", "--limit must be from 1 to 1000"},
			{"", "user list --banned perhaps", "--banned must be true or false"},
			{"", "user role " + id, "accepts 2 arg(s), received 1; see countersign user role --help"},
		} {
			c.does(t, r.input, r.arguments, 1, r.says)
		}
		c.env = append(c.env, "REFUSE_COMMON_PASSWORDS=on")
		c.does(t, "password123", "user create a@example.com", 1, "is one of the most common passwords")
		if baDump(t, s) != before || s.one(t, `SELECT count(*) FROM `+s.own("audit_events")) != "0" {
			t.Error("what was refused has changed rows")
		}
		if strings.Contains(c.all.String(), password) {
			t.Error("a password is shown")
		}
	})
}

// listed is what user list --json gives.
type listed struct {
	Users     []struct{ Email string }
	Total     int
	NextAfter *string `json:"next_after"`
}

func TestUserList(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		c := newClerk(s)
		ids := []string{s.user(t, ""), s.user(t, "admin"), s.user(t, "editor,admin"), s.user(t, "editor")}
		s.exec(t, `UPDATE "user" SET banned = true, name = $1 WHERE id = $2`, "Eve\x1b[2J%", ids[3])
		list := func(arguments string) (l listed, emails string) {
			out, said, code := apart(t, "", "user list --json "+arguments, c.env...)
			says(t, said, code, 0)
			if err := json.Unmarshal([]byte(out), &l); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for _, u := range l.Users {
				emails += u.Email + " "
			}
			return l, emails
		}
		addresses := func(chosen ...int) (all string) {
			for _, i := range chosen {
				all += ids[i] + "@example.com "
			}
			return all
		}
		for arguments, want := range map[string]string{
			"": addresses(0, 1, 2, 3), "--role admin": addresses(1, 2), "--role admi": "", "--banned true": addresses(3), "--banned false --role editor": addresses(2),
			"--q " + strings.ToUpper(ids[1][20:]): addresses(1), "--q %": addresses(3), "--limit 4": addresses(0, 1, 2, 3),
		} {
			if l, got := list(arguments); got != want || l.NextAfter != nil || l.Total != len(l.Users) {
				t.Errorf("%s: %q of %d, next %v, want %q", arguments, got, l.Total, l.NextAfter, want)
			}
		}
		l, first := list("--limit 3")
		if first != addresses(0, 1, 2) || l.NextAfter == nil || l.Total != 4 {
			t.Fatalf("a page has %q of %d, next %v", first, l.Total, l.NextAfter)
		}
		if _, second := list("--limit 3 --after " + strings.ToUpper(*l.NextAfter)); second != addresses(3) {
			t.Errorf("the next page has %q", second)
		}
		c.does(t, "", "user list --limit 2", 0, "EMAIL", ids[1]+"@example.com", "2 of 4 users", "the same with --after "+ids[1]+"@example.com")
		c.does(t, "", "user list --banned true", 0, "Eve?[2J%", "editor  yes", "1 of 1 users")
	})
}

func TestUserSessions(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		c := newClerk(s)
		id := s.user(t, "")
		tokens := []string{s.session(t, id), s.session(t, id), s.session(t, id)}
		other := s.session(t, s.user(t, ""))
		c.does(t, "", "user sessions "+id, 0, "ID", sessionID(tokens[0]), sessionID(tokens[1]), "test")
		out, said, code := apart(t, "", "user sessions --json "+id+"@example.com", c.env...)
		says(t, said, code, 0)
		c.all.WriteString(out)
		var l struct {
			Sessions []struct {
				ID        string
				ExpiresAt time.Time `json:"expires_at"`
			}
		}
		if err := json.Unmarshal([]byte(out), &l); err != nil || len(l.Sessions) != 3 || l.Sessions[0].ExpiresAt.Before(s.Clock.Now()) {
			t.Errorf("%v: %s", err, out)
		}
		c.does(t, "", "user sessions "+id+" --end "+sessionID(other), 1, "has no session with that id")
		c.does(t, "", "user sessions "+id+" --end", 1, "flag needs an argument")
		c.does(t, "", "user sessions "+id+" --end "+sessionID(tokens[0]), 0, "ended the session of "+id)
		s.expect(t, 401, "GET", "/api/me", "", bearer(tokens[0]))
		s.expect(t, 200, "GET", "/api/me", "", bearer(tokens[1]))
		c.does(t, "", "user sessions "+id+" --end-all", 0, "ended all sessions of "+id)
		for _, token := range tokens[1:] {
			s.expect(t, 401, "GET", "/api/me", "", bearer(token))
		}
		s.expect(t, 200, "GET", "/api/me", "", bearer(other))
		if got := c.events(t, id); got != "session_ended  nobody; session_ended all nobody" {
			t.Errorf("the audit trail has %q", got)
		}
		for _, token := range append(tokens, other) {
			if strings.Contains(c.all.String(), token) {
				t.Error("a session's token is shown")
			}
		}
	})
}
