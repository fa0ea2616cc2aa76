package tests

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// trail is the audit trail as an admin sees it, oldest first.
func (s *server) trail(t *testing.T, admin, query string) (events []map[string]any) {
	t.Helper()
	a := s.do(t, "GET", "/api/admin/audit?limit=100&"+query, "", bearer(admin))
	if a.Status != 200 {
		t.Fatalf("%s: %d %s", query, a.Status, a.Body)
	}
	for _, e := range a.JSON(t)["events"].([]any) {
		events = append([]map[string]any{e.(map[string]any)}, events...)
	}
	return events
}

func typesOf(events []map[string]any) string {
	var types []string
	for _, e := range events {
		types = append(types, e["type"].(string))
	}
	return strings.Join(types, " ")
}

func TestAuditTrailOfALife(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		adminID := s.user(t, "admin")
		admin := s.session(t, adminID)
		const email, other = "ada@example.com", "another password"
		id, access, refresh := baSignUp(t, s, email, password)
		s.expect(t, 401, "POST", "/auth/login", loginBody(email, "a wrong password"))
		s.expect(t, 401, "POST", "/auth/login", loginBody("a-password-in-the-wrong-field", "x"))
		next := s.refresh(t, tokens{Refresh: refresh})
		s.expect(t, 400, "POST", "/auth/password", fmt.Sprintf(`{"current_password":"no","new_password":%q}`, other), bearer(access))
		s.expect(t, 204, "POST", "/auth/password", fmt.Sprintf(`{"current_password":%q,"new_password":%q}`, password, other), bearer(access))
		one := s.session(t, id)
		s.expect(t, 204, "DELETE", "/auth/sessions/"+sessionID(one), "", bearer(access))
		s.expect(t, 204, "DELETE", "/auth/sessions", "", bearer(access))
		s.Clock.Add(11 * time.Second)
		s.expect(t, 401, "POST", "/auth/refresh", tokens{Refresh: refresh}.refreshBody())
		_ = next
		_, refresh = baLogin(t, s, email, other)
		s.expect(t, 204, "POST", "/auth/logout", tokens{Refresh: refresh}.refreshBody())
		two := s.session(t, id)
		s.expect(t, 204, "DELETE", "/api/admin/users/"+id+"/sessions/"+sessionID(two), "", bearer(admin))
		s.expect(t, 204, "DELETE", "/api/admin/users/"+id+"/sessions", "", bearer(admin))
		until := s.Clock.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		for _, change := range []string{`{"name":"Ada"}`, `{"role":"moderator,user"}`, `{"role":"moderator,user"}`, `{"banned":true}`, fmt.Sprintf(`{"ban_expires":%q}`, until), `{"banned":false}`, `{"banned":false}`} {
			s.expect(t, 200, "PATCH", "/api/admin/users/"+id, change, bearer(admin))
		}
		s.setUser(t, id, `banned = true`)
		s.expect(t, 403, "POST", "/auth/login", loginBody(email, other))
		s.expect(t, 204, "DELETE", "/api/admin/users/"+id, "", bearer(admin))

		events := s.trail(t, admin, "user="+id)
		want := "registered signed_in sign_in_failed refreshed password_change_failed password_changed session_ended session_ended refresh_reused " +
			"signed_in signed_out session_ended session_ended role_changed banned banned unbanned sign_in_failed user_deleted"
		if got := typesOf(events); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		for i, e := range events {
			actor, ended := e["actor_id"], e["type"]
			switch {
			case ended == "sign_in_failed" || ended == "refresh_reused":
				if actor != nil {
					t.Errorf("%d: somebody who proved nothing is %v: %v", i, actor, e)
				}
			case i < 11 && actor != id, i >= 11 && actor != adminID:
				t.Errorf("%d: actor %v: %v", i, actor, e)
			}
			if e["ip_address"] != "192.0.2.1" || e["request_id"] == nil || e["impersonator_id"] != nil {
				t.Errorf("%d: %v", i, e)
			}
		}
		details := map[int]string{2: "bad_login", 4: "wrong_password", 7: "all but the current one", 12: "all", 13: "user to moderator,user", 14: "without an end", 15: "until " + until, 17: "inactive_user"}
		for i, detail := range details {
			if events[i]["detail"] != detail {
				t.Errorf("%d: detail %v, want %q", i, events[i]["detail"], detail)
			}
		}
		if events[6]["session_id"] != sessionID(one) || events[11]["session_id"] != sessionID(two) || events[1]["session_id"] == nil {
			t.Errorf("sessions: %v, %v, %v", events[6], events[11], events[1])
		}
		unknown := s.trail(t, admin, "type=sign_in_failed")
		if len(unknown) != 3 || unknown[1]["user_id"] != nil {
			t.Errorf("an unknown address: %v", unknown)
		}
		for _, secret := range []string{password, other, "a wrong password", "wrong-field", access, refresh} {
			if rows := strings.Join(baRows(t, s, "SELECT * FROM "+s.own("audit_events")), "\n"); strings.Contains(rows, secret) {
				t.Errorf("the trail has %q", secret)
			}
		}
	})
}

func TestAuditTrailIsChosenAndPaged(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		adminID := s.user(t, "admin")
		admin, begun := s.session(t, adminID), s.Clock.Now()
		victim, bystander := s.user(t, ""), s.user(t, "")
		for i := range 5 {
			s.Clock.Add(time.Minute)
			s.expect(t, 200, "PATCH", "/api/admin/users/"+victim, fmt.Sprintf(`{"role":"role%d"}`, i), bearer(admin))
		}
		s.expect(t, 200, "PATCH", "/api/admin/users/"+bystander, `{"banned":true}`, bearer(admin))
		at := func(minutes int) string {
			return url.QueryEscape(begun.Add(time.Duration(minutes) * time.Minute).In(time.FixedZone("", 3600)).Format(time.RFC3339Nano))
		}
		for query, want := range map[string]int{
			"": 6, "user=" + victim: 5, "user=" + bystander: 1, "actor=" + adminID: 6, "actor=" + victim: 0, "type=banned": 1, "type=registered": 0,
			"since=" + at(2): 5, "since=" + at(2) + "&until=" + at(4): 2, "until=" + at(1): 0, "user=" + victim + "&type=banned": 0, "user=nobody": 0,
		} {
			if events := s.trail(t, admin, query); len(events) != want {
				t.Errorf("%q: %d events, want %d: %v", query, len(events), want, events)
			}
		}
		var ids []any
		path := "/api/admin/audit?limit=4"
		for cursor := any(""); cursor != nil; {
			page := s.do(t, "GET", path+"&cursor="+cursor.(string), "", bearer(admin)).JSON(t)
			for _, e := range page["events"].([]any) {
				ids = append(ids, e.(map[string]any)["id"])
			}
			cursor = page["next_cursor"]
		}
		if fmt.Sprint(ids) != "[6 5 4 3 2 1]" {
			t.Errorf("pages give %v", ids)
		}
		user := s.session(t, bystander)
		s.setUser(t, bystander, `banned = false`)
		bad := func(query string) call {
			return call{name: query, method: "GET", path: "/api/admin/audit?" + query, headers: []string{bearer(admin)}, status: 400, contains: []string{"bad_request"}}
		}
		s.run(t, []call{
			{name: "a user", method: "GET", path: "/api/admin/audit", headers: []string{bearer(user)}, status: 403, contains: []string{"Required role: admin"}},
			{name: "nobody", method: "GET", path: "/api/admin/audit", status: 401},
			{name: "by another method", method: "DELETE", path: "/api/admin/audit", headers: []string{bearer(admin)}, status: 405},
			bad("type=nonsense"), bad("since=yesterday"), bad("until=2026-11-23"), bad("limit=0"), bad("cursor=x"), bad("user=a&user=b"), bad("actor=%00"), bad("since=2026-11-23T10:00:00+01:00"),
		})
	})
}

// Who acts through another's account stands beside that account, and what is undone leaves no event.
func TestAuditTrailKnowsImpersonators(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		adminID, otherID, id := s.user(t, "admin"), s.user(t, "admin"), s.user(t, "")
		admin, acting := s.session(t, adminID), s.session(t, otherID)
		s.exec(t, `UPDATE "session" SET "impersonatedBy" = $1 WHERE token = $2`, adminID, acting)
		s.expect(t, 200, "PATCH", "/api/admin/users/"+id, `{"banned":true}`, bearer(acting))
		events := s.trail(t, admin, "")
		if len(events) != 1 || events[0]["actor_id"] != otherID || events[0]["impersonator_id"] != adminID || events[0]["user_id"] != id {
			t.Errorf("%v", events)
		}
		s.expect(t, 409, "PATCH", "/api/admin/users/"+adminID, `{"role":"user"}`, bearer(admin))
		s.expect(t, 404, "DELETE", "/api/admin/users/"+id+"/sessions/nothing", "", bearer(admin))
		if events := s.trail(t, admin, ""); len(events) != 1 {
			t.Errorf("what did not happen is recorded: %v", events)
		}
	})
}

// Where an event cannot be written, what it would record does not happen.
func TestNothingHappensUnrecorded(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		id := s.user(t, "")
		admin, token := s.session(t, s.user(t, "admin")), s.session(t, id)
		pair := s.signIn(t, id)
		s.exec(t, "ALTER TABLE "+s.own("audit_events")+" RENAME TO away")
		before := baDump(t, s)
		s.run(t, []call{
			{name: "ban", method: "PATCH", path: "/api/admin/users/" + id, headers: []string{bearer(admin)}, body: `{"banned":true}`, status: 503},
			{name: "delete", method: "DELETE", path: "/api/admin/users/" + id, headers: []string{bearer(admin)}, status: 503},
			{name: "end a session", method: "DELETE", path: "/auth/sessions/" + sessionID(token), headers: []string{bearer(token)}, status: 503},
			{name: "end the others", method: "DELETE", path: "/auth/sessions", headers: []string{bearer(token)}, status: 503},
			{name: "sign out", method: "POST", path: "/auth/logout", headers: []string{bearer(token)}, status: 503},
			{name: "refresh", method: "POST", path: "/auth/refresh", body: pair.refreshBody(), status: 503},
			{name: "sign in", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", password), status: 503},
			{name: "fail to", method: "POST", path: "/auth/login", body: loginBody(id+"@example.com", "wrong"), status: 503},
			{name: "fail to, unknown", method: "POST", path: "/auth/login", body: loginBody("nobody@example.com", "wrong"), status: 503},
			{name: "register", method: "POST", path: "/auth/register", body: `{"email":"new@example.com","password":"long enough"}`, status: 503},
		})
		if after := baDump(t, s); after != before {
			t.Errorf("the database changed:\n%s\nwas\n%s", after, before)
		}
	})
}
