package tests

import (
	"sync"
	"testing"
	"time"
)

// A quota of 10 asked for by 50 at once, half of them over there, gives exactly 10 uses. The key is one that
// is refilled some day: one that is not is deleted by Better Auth once it is spent, also under a use of its
// own that is halfway through and then fails. Of such a key 10 uses are the most.
func TestRow060_APIKeyAtOnce(t *testing.T) {
	t.Parallel()
	onEachBesideKeys(t, func(t *testing.T, b beside) {
		sides := map[string]int{}
		for i := range 12 {
			quota := map[string]any{"remaining": 10, "refillAmount": 10, "refillInterval": 86_400_000}
			if i%3 == 2 {
				quota = map[string]any{"remaining": 10}
			}
			id, key := b.create(t, quota)
			b.Clock.Set(time.Now())
			here, there := keyAtOnce(t, b, key)
			good, left := keyCount(here, "ok")+keyCount(there, "ok"), b.sees(t, id, "remaining")
			sides["here"] += keyCount(here, "ok")
			sides["there"] += keyCount(there, "ok")
			lost := keyCount(there, "INVALID_API_KEY")
			if good > 10 || good < 10 && (i%3 < 2 || good+lost < 10) || left != "0" && left != "<nil>" {
				t.Errorf("%d uses of 10, %s left (here %q, there %q)", good, left, here, there)
			}
			if n := keyCount(here, "ok") + keyCount(here, "quota_exceeded") + keyCount(here, "not_authenticated"); n != len(here) {
				t.Errorf("here: %q", here)
			}
		}
		if sides["here"] == 0 || sides["there"] == 0 {
			t.Errorf("only one side was asked: %v", sides)
		}
	})
}

// keyAtOnce asks 25 times there, and 25 times here as soon as the first answer comes: what is asked here is
// faster by far and would have the quota to itself.
func keyAtOnce(t *testing.T, b beside, key string) (here, there []string) {
	here, there = make([]string, 25), make([]string, 25)
	var all sync.WaitGroup
	var once sync.Once
	answered := make(chan struct{})
	for i := range 25 {
		all.Go(func() {
			defer once.Do(func() { close(answered) })
			there[i] = b.there(t, key)
		})
		all.Go(func() {
			<-answered
			here[i] = b.here(t, key)
		})
	}
	all.Wait()
	return here, there
}

func keyCount(codes []string, code string) (n int) {
	for _, c := range codes {
		if c == code {
			n++
		}
	}
	return n
}
