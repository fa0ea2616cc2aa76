package redis

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/gomodule/redigo/redis"

	"countersign/database"
	"countersign/models"
)

// source is who decides whether a session is one.
type source int32

const (
	// unknown: Redis has not answered since the start.
	unknown source = iota
	// table: Redis has no session, and is perhaps there for limits only. Nothing is written into it.
	table
	// both: Better Auth keeps sessions in the table and mirrors them into Redis (storeSessionInDatabase).
	both
	// storage: Better Auth keeps sessions in Redis alone, so a row by itself is no session.
	storage
)

// judge finds out where Better Auth keeps its sessions. Nobody says so, but it writes a row before the key
// and deletes the key before the row: a key that lives without a row is a session that never had one. Who
// has seen that never goes back, since in a table that is left over from earlier days ended sessions live.
type judge struct {
	redis *Storage
	db    *database.DB
	rows  *database.Sessions
	users *database.Users
	log   *slog.Logger
	found atomic.Int32
}

// maxLists and maxScans bound what Connect looks at.
const maxLists, maxScans = 200, 50

// Connect looks at some of the sessions in Redis. It may be called until it succeeds; without it the first
// request does.
func (j *judge) Connect(ctx context.Context) error {
	if j.db.Names() == nil {
		return models.StoreUnavailable(errors.New("the database has not answered since the start"))
	}
	if err := j.redis.Ping(ctx); err != nil {
		return err
	}
	if j.db.WithoutSessionTable() {
		j.latch(ctx, "the database has no session table")
		return nil
	}
	users, err := j.listedUsers(ctx)
	if err != nil {
		return err
	}
	for _, id := range users {
		if err := j.look(ctx, id); err != nil {
			return err
		}
		if j.source() == storage {
			return nil
		}
	}
	j.found.CompareAndSwap(int32(unknown), int32(table))
	return nil
}

// listedUsers gives some users who have a list of sessions in Redis.
func (j *judge) listedUsers(ctx context.Context) (ids []string, err error) {
	prefix, cursor := j.redis.listKey(""), uint64(0)
	escaped := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`).Replace(prefix)
	for range maxScans {
		err := j.redis.do(ctx, func(ctx context.Context, c redis.Conn) error {
			var keys []string
			page, err := redis.Values(redis.DoContext(c, ctx, "SCAN", cursor, "MATCH", escaped+"*", "COUNT", 1000))
			if err == nil {
				_, err = redis.Scan(page, &cursor, &keys)
			}
			for _, key := range keys {
				ids = append(ids, strings.TrimPrefix(key, prefix))
			}
			return err
		})
		if err != nil || cursor == 0 || len(ids) >= maxLists {
			return ids[:min(len(ids), maxLists)], err
		}
	}
	return ids, nil
}

// look learns from one user's sessions in Redis.
func (j *judge) look(ctx context.Context, userID string) error {
	entries, err := j.redis.listed(ctx, userID)
	if err != nil {
		return err
	}
	return j.weigh(ctx, userID, entries)
}

// weigh learns from a user's sessions as Redis has them.
func (j *judge) weigh(ctx context.Context, userID string, entries []*entry) error {
	if len(entries) == 0 || j.source() == storage {
		return nil
	}
	// A user who was deleted by somebody else leaves keys behind, and they say nothing.
	if _, err := j.users.ByID(ctx, userID); err != nil {
		return unlessNotFound(err)
	}
	var tokens []string
	for _, e := range entries {
		tokens = append(tokens, e.session.Token.Reveal())
	}
	rows, err := j.rows.Tokens(ctx, tokens)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if rows[e.session.Token.Reveal()] {
			j.found.CompareAndSwap(int32(unknown), int32(both))
			j.found.CompareAndSwap(int32(table), int32(both))
			continue
		}
		// Signed out between the two questions: then the key is gone as well.
		still, err := j.redis.live(ctx, e.session.Token)
		if err != nil {
			return err
		}
		if still != nil {
			j.latch(ctx, "a session is in Redis and has no row")
			return nil
		}
	}
	return nil
}

func unlessNotFound(err error) error {
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	return err
}

func (j *judge) source() source { return source(j.found.Load()) }

func (j *judge) latch(ctx context.Context, why string) {
	if source(j.found.Swap(int32(storage))) != storage {
		j.log.WarnContext(ctx, "sessions live in Redis alone: a row of the session table is no session any more", "reason", why)
	}
}

// asked is the source, found out first where that has not been possible yet.
func (j *judge) asked(ctx context.Context) (source, error) {
	if j.source() == unknown {
		if err := j.Connect(ctx); err != nil {
			return unknown, err
		}
	}
	return j.source(), nil
}

// InTable says whether the session table decides, and Redis has had no session so far.
func (j *judge) InTable() bool { return j.source() == table }
