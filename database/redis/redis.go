// Package redis knows Better Auth's secondary storage: sessions that are kept in Redis, beside the session
// table or instead of it. The format is that of better-auth 1.7.25 (dist/db/internal-adapter.mjs) and
// @better-auth/redis-storage 1.7.5.
package redis

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/gomodule/redigo/redis"

	"countersign/config"
	"countersign/models"
)

// timeout bounds one question to Redis, getting a connection included, so that a Redis that hangs is told as
// 503 within two seconds.
const timeout = time.Second

// The pool's bounds: connections at once, those kept while nobody asks, and for how long. Servers hang up after minutes.
const (
	maxConnections = 20
	maxIdle        = 10
	idleTime       = time.Minute
)

// Storage reads and writes what Better Auth keeps in Redis. All its errors are models.StoreUnavailable.
type Storage struct {
	pool   *redis.Pool
	prefix string
	clock  func() time.Time
}

// Open prepares connections without making one.
func Open(settings config.Redis, clock func() time.Time) *Storage {
	dial := func(ctx context.Context) (redis.Conn, error) {
		return redis.DialURLContext(ctx, settings.URL.Reveal(), redis.DialConnectTimeout(timeout/2),
			redis.DialTLSHandshakeTimeout(timeout/2), redis.DialReadTimeout(timeout/2), redis.DialWriteTimeout(timeout/2))
	}
	pool := &redis.Pool{DialContext: dial, MaxActive: maxConnections, MaxIdle: maxIdle, IdleTimeout: idleTime, Wait: true}
	return &Storage{pool, settings.Prefix, clock}
}

// Close gives the connections back.
func (s *Storage) Close() error { return s.pool.Close() }

// Ping says whether Redis answers.
func (s *Storage) Ping(ctx context.Context) error {
	return s.do(ctx, func(ctx context.Context, c redis.Conn) error {
		_, err := redis.DoContext(c, ctx, "PING")
		return err
	})
}

// question is what is asked over one connection.
type question func(context.Context, redis.Conn) error

// do asks one question; no answer is models.StoreUnavailable, and a key that is not there no error.
func (s *Storage) do(ctx context.Context, ask question) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c, err := s.pool.GetContext(ctx)
	if err == nil {
		err = ask(ctx, c)
		broken := c.Err() != nil
		_ = c.Close() // back to the pool; a broken one was closed when it broke
		if broken && ctx.Err() == nil {
			err = s.again(ctx, ask)
		}
	}
	if err != nil && !errors.Is(err, redis.ErrNil) {
		return models.StoreUnavailable(err)
	}
	return nil
}

// again asks over a new connection: Redis may have hung up on all that are in the pool, as it does when it restarts.
func (s *Storage) again(ctx context.Context, ask question) error {
	c, err := s.pool.DialContext(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return ask(ctx, c)
}

func (s *Storage) listKey(userID string) string { return s.prefix + "active-sessions-" + userID }

func (s *Storage) watermarkKey(userID string) string {
	return s.prefix + "revoked-sessions-before-" + userID
}

// keep is every change of one session, in one act with the list of its user's sessions, which Better Auth
// reads, changes and writes. An empty value deletes the session; a session that is not as expected any more
// (changed, or ended meanwhile) is left alone.
var keep = redis.NewScript(2, `
local value, ttl, token, expires, now, expected = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
if expected ~= "" and redis.call("GET", KEYS[1]) ~= expected then return 0 end
if value == "" then redis.call("DEL", KEYS[1]) else redis.call("SET", KEYS[1], value, "EX", ttl) end
local list = {}
local read, old = pcall(cjson.decode, redis.call("GET", KEYS[2]) or "[]")
if read and type(old) == "table" then
  for _, one in ipairs(old) do
    if type(one) == "table" and type(one.expiresAt) == "number" and one.expiresAt > now and one.token ~= token then list[#list + 1] = one end
  end
end
if value ~= "" then list[#list + 1] = {token = token, expiresAt = expires} end
table.sort(list, function(a, b) return a.expiresAt < b.expiresAt end)
local left = #list > 0 and math.floor((list[#list].expiresAt - now) / 1000) or 0
if left > 0 then redis.call("SET", KEYS[2], cjson.encode(list), "EX", left) else redis.call("DEL", KEYS[2]) end
return 1`)

// write stores a session's value, or with an empty one ends the session, and says whether it was as expected.
func (s *Storage) write(ctx context.Context, session *models.Session, value, expected string) (done bool, err error) {
	now, token := s.clock(), session.Token.Reveal()
	left := int64(session.ExpiresAt.Sub(now) / time.Second)
	if left < 1 {
		value = ""
	}
	err = s.do(ctx, func(ctx context.Context, c redis.Conn) (err error) {
		done, err = redis.Bool(keep.DoContext(ctx, c, s.prefix+token, s.listKey(session.UserID),
			value, left, token, session.ExpiresAt.UnixMilli(), now.UnixMilli(), expected))
		return err
	})
	return done, err
}

// end deletes a session; one that is not there is no error.
func (s *Storage) end(ctx context.Context, session *models.Session) error {
	_, err := s.write(ctx, session, "", "")
	return err
}

// watermarkLife is longer than any session's: no browser keeps a cookie for more than 400 days.
const watermarkLife = 400 * 24 * time.Hour

var raise = redis.NewScript(1, `
local old = tonumber(redis.call("GET", KEYS[1]) or "0") or 0
redis.call("SET", KEYS[1], string.format("%.0f", math.max(old, tonumber(ARGV[1]))), "EX", ARGV[2])
return 1`)

// revokeBefore ends every session of a user that was made before now, also one whose key is not known.
func (s *Storage) revokeBefore(ctx context.Context, userID string) error {
	return s.do(ctx, func(ctx context.Context, c redis.Conn) error {
		_, err := raise.DoContext(ctx, c, s.watermarkKey(userID), s.clock().UnixMilli(), int64(watermarkLife/time.Second))
		return err
	})
}

// revoked says whether a session was made before its user's watermark.
func revoked(session *models.Session, watermark string) bool {
	before, err := strconv.ParseFloat(watermark, 64)
	return err == nil && float64(session.CreatedAt.UnixMilli()) < before
}
