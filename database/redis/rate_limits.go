package redis

import (
	"context"
	"time"

	"github.com/gomodule/redigo/redis"

	"countersign/config"
)

// RateLimits counts hits for all instances, by Redis' own clock.
type RateLimits struct{ *Storage }

// slow is how long a request waits for its count. A Redis that is slower does more harm than it keeps away.
const slow = 150 * time.Millisecond

// take counts one hit in a list of the moments of the last ones, in microseconds. It gives that moment and 0,
// or, where the limit is reached, 0 and how long to wait.
var take = redis.NewScript(1, `
local time = redis.call("TIME")
local now, hits, window = time[1] * 1000000 + time[2], tonumber(ARGV[1]), tonumber(ARGV[2])
local last = redis.call("LINDEX", KEYS[1], -hits)
if last and last + window > now then return {0, last + window - now} end
redis.call("RPUSH", KEYS[1], string.format("%.0f", now))
redis.call("LTRIM", KEYS[1], -hits, -1)
redis.call("PEXPIRE", KEYS[1], math.ceil(window / 1000))
return {now, 0}`)

// Take counts a hit of a key, in one question; models.StoreUnavailable. It waits no longer than 150 ms.
func (l RateLimits) Take(ctx context.Context, key string, limit config.Limit) (at int64, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, slow)
	defer cancel()
	var answer []int64
	err = l.do(ctx, func(ctx context.Context, c redis.Conn) (err error) {
		answer, err = redis.Int64s(take.DoContext(ctx, c, l.rateKey(key), limit.Hits, limit.Window.Microseconds()))
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	return answer[0], time.Duration(answer[1]) * time.Microsecond, nil
}

// GiveBack takes one hit of a moment out of a key's list; models.StoreUnavailable.
func (l RateLimits) GiveBack(ctx context.Context, key string, at int64) error {
	ctx, cancel := context.WithTimeout(ctx, slow)
	defer cancel()
	return l.do(ctx, func(ctx context.Context, c redis.Conn) error {
		_, err := redis.DoContext(c, ctx, "LREM", l.rateKey(key), -1, at)
		return err
	})
}

// rateKey does not begin with the prefix of Better Auth's: no made-up session token may name a counter.
func (l RateLimits) rateKey(key string) string { return "countersign rate " + l.prefix + key }
