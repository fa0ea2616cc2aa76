package tests

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/tests/redis"
)

// three are three instances on one database, with one Redis.
func three(t *testing.T, databaseURL string, r *redis.Server, settings ...string) []*server {
	t.Helper()
	var all []*server
	for range 3 {
		all = append(all, start(t, databaseURL, append([]string{"REDIS_URL=" + r.URL, proxied}, settings...)...))
	}
	return all
}

// onRedis says whether every instance counted in Redis: one for which it was too slow counts by itself, and then the
// numbers prove nothing.
func onRedis(servers ...*server) bool {
	return !slices.ContainsFunc(servers, func(s *server) bool { return strings.Contains(s.Log.String(), "Redis does not answer in time") })
}

// Three instances over one Redis let through together what one would, to the request. It is not run beside
// others, and anew where this machine was busy, so that Redis answers in time.
func TestRateLimitsOfThreeInstances(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				all := three(t, url(t), redis.Start(t), "RATE_LIMIT=sign-in=3/1h,api=7/1h,account=2/1h")
				if check := askThree(t, all); onRedis(all...) {
					check()
					return
				}
			}
			t.Error("Redis was too slow for five tries")
		})
	}
}

// askThree gives what checks the answers.
func askThree(t *testing.T, all []*server) (check func()) {
	ada := all[0].session(t, all[0].user(t, ""))
	signIn := atOnce(50, func(i int) answer { return all[i%3].do(t, "POST", "/auth/login", `{`) })
	user := atOnce(60, func(i int) answer { return all[i%3].do(t, "GET", "/api/me", "", bearer(ada)) })
	nobody := atOnce(60, func(i int) answer { return all[i%3].do(t, "GET", "/nothing", "") })
	account := atOnce(30, func(i int) answer {
		return all[i%3].attempt(t, "Ada@example.com", "wrong", client(fmt.Sprint("198.51.100.", i)))
	})
	again := inTurn(3, func(i int) answer { return all[i].attempt(t, "ada@example.com", "wrong", client("203.0.113.1")) })
	return func() {
		t.Helper()
		counts(t, "sign-in", signIn, map[int]int{400: 3, 429: 47})
		counts(t, "a user", user, map[int]int{200: 7, 429: 53})
		counts(t, "nobody", nobody, map[int]int{404: 7, 429: 53})
		counts(t, "an account", account, map[int]int{401: 2, 429: 28})
		counts(t, "the account in its other spelling", again, map[int]int{429: 3})
	}
}

// In Redis a right password leaves nothing, no key outlives its window, and no e-mail address is to be read.
func TestRateLimitsInRedis(t *testing.T) {
	r := redis.Start(t)
	s := start(t, databases["sqlite"](t), "REDIS_URL="+r.URL, "REDIS_PREFIX=app:", "RATE_LIMIT=sign-in=9/1h,account=2/1m", proxied)
	s.registered(t, "ada@example.com")
	for range 3 {
		if a := s.attempt(t, "ada@example.com", "correct horse"); a.Status != 200 {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
	s.attempt(t, "eve@example.com", "wrong")
	s.do(t, "GET", "/api/posts", "")
	var accounts int
	keys := strings.Split(r.Do(t, "KEYS", "*"), "\n")
	for _, key := range keys {
		if strings.Contains(key, "@") || strings.Contains(key, "ada") || strings.HasPrefix(key, "app:") || !strings.HasPrefix(key, "countersign rate app:") {
			t.Errorf("key %q", key)
		}
		if left, _ := strconv.Atoi(r.Do(t, "PTTL", key)); left < 1 || left > 3_600_000 {
			t.Errorf("key %q lives for %d ms", key, left)
		}
		if strings.HasPrefix(key, "countersign rate app:account ") {
			accounts++
		}
	}
	if accounts != 1 || len(keys) != 4 {
		t.Errorf("keys are %q", keys)
	}
	// Hits of long ago are no more than the limit.
	const anybody = "countersign rate app:api client 192.0.2.1"
	r.Do(t, append([]string{"RPUSH", anybody}, strings.Fields(strings.Repeat("1 ", 200))...)...)
	counts(t, "after long", inTurn(1, func(int) answer { return s.do(t, "GET", "/api/posts", "") }), map[int]int{200: 1})
	if n := r.Do(t, "LLEN", anybody); n != "100" {
		t.Errorf("%s hits are kept", n)
	}
	if !onRedis(s) {
		t.Error("Redis was too slow")
	}
}

// Row 203: with Redis stopped or hanging, rate limits go on in each instance by itself, and in Redis when it is back.
func TestRow203_RateLimitsWithoutRedis(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			r := redis.Start(t)
			s := start(t, url(t), "REDIS_URL="+r.URL, "RATE_LIMIT=sign-in=3/1h,api=5/1h")
			login := func(int) answer { return s.do(t, "POST", "/auth/login", `{`) }
			said := func(away, back int) {
				t.Helper()
				log := s.Log.String()
				if n, m := strings.Count(log, "Redis does not answer in time"), strings.Count(log, "Redis is back"); n != away || m != back {
					t.Errorf("the log says %d times that Redis is away and %d times that it is back, want %d and %d", n, m, away, back)
				}
			}
			counts(t, "with it", inTurn(5, login), map[int]int{400: 3, 429: 2})
			said(0, 0)
			r.Pause(t)
			counts(t, "while it hangs", atOnce(50, login), map[int]int{400: 3, 429: 47})
			counts(t, "the API", atOnce(50, func(int) answer { return s.do(t, "GET", "/api/posts", "") }), map[int]int{200: 5, 429: 45})
			said(1, 0)
			r.Resume(t)
			s.Clock.Add(2 * time.Hour) // what was counted here is over; Redis has a clock of its own
			counts(t, "when it goes on", inTurn(5, login), map[int]int{429: 5})
			said(1, 1)
			r.Stop(t)
			counts(t, "while it is stopped", inTurn(5, login), map[int]int{400: 3, 429: 2})
			said(2, 1)
			r.Run(t)
			counts(t, "before it is asked again", inTurn(5, login), map[int]int{429: 5})
			s.Clock.Add(time.Second)
			counts(t, "when it is back, empty", inTurn(5, login), map[int]int{400: 3, 429: 2})
			said(2, 2)
		})
	}
}
