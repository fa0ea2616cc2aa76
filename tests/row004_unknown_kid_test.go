package tests

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// Made-up kids must not make us flood Better Auth: one fetch, then none for the cool-down, however many ask.
func TestRow004_UnknownKids(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user, k := s.user(t, ""), newPluginKey(t, "EdDSA", "known")
		endpoint.publish(t, k)
		for round := range 3 {
			thousandUnknown(t, s, k, user, round)
			if n := endpoint.fetches.Load(); n != int64(round+1) {
				t.Errorf("%d fetches in %d cool-downs", n, round+1)
			}
			if status := s.status(t, bearer(k.token(t, s, user))); status != 200 {
				t.Errorf("the known key: %d", status)
			}
			s.Clock.Add(31 * time.Second)
		}
		for name, header := range map[string]string{"no kid": `{"alg":"EdDSA"}`, "empty kid": `{"alg":"EdDSA","kid":""}`, "kid null": `{"alg":"EdDSA","kid":null}`, "kid a number": `{"alg":"EdDSA","kid":1}`} {
			s.refuses(t, map[string]string{name: k.sign(t, header, pluginPayload(s, user))})
		}
		if n := endpoint.fetches.Load(); n != 3 {
			t.Errorf("a token without kid made a fetch: %d", n)
		}
	})
}

func thousandUnknown(t *testing.T, s *server, k *pluginKey, user string, round int) {
	t.Helper()
	var all sync.WaitGroup
	for i := range 1000 {
		made := &pluginKey{kid: fmt.Sprintf("made-up-%d-%d", round, i), alg: k.alg, private: k.private}
		token := made.token(t, s, user)
		ask := func() {
			if status := s.status(t, bearer(token)); status != 401 {
				t.Errorf("made-up kid: %d", status)
			}
		}
		if i%10 != 0 {
			ask()
		} else {
			all.Go(ask)
		}
	}
	all.Wait()
}

// kids that no id can look like are refused, and ask the database nothing it cannot answer.
func TestRow004_OddKids(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, _ *keyServer) {
		k := newPluginKey(t, "EdDSA", "known")
		settings := []string{"BETTER_AUTH_URL=" + pluginIssuer, "BETTER_AUTH_JWKS_URL=http://127.0.0.1:1"}
		s = withKeyTable(t, s, settings, k)
		user := s.user(t, "")
		for _, kid := range []string{`\u0000`, `a\u0000b`, ` `, `é`, `\ud800`} {
			token := k.sign(t, `{"alg":"EdDSA","kid":"`+kid+`"}`, pluginPayload(s, user))
			if status := s.status(t, bearer(token)); status != 401 {
				t.Errorf("kid %s: %d", kid, status)
			}
		}
		if status := s.status(t, bearer(k.token(t, s, user))); status != 200 {
			t.Errorf("the good one: %d", status)
		}
	})
}
