// Package limits counts requests and says when there are too many. Windows slide: a hit counts until one
// window after it, so that at no moment more than the limit lie within one window behind it.
package limits

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"sync/atomic"
	"time"

	"countersign/config"
	"countersign/models"
)

// Counter counts hits of keys.
type Counter interface {
	// Take counts a hit, in one act with whoever else counts, and says when. Where the limit is reached it
	// counts none, and wait is how long until one would pass.
	Take(ctx context.Context, key string, limit config.Limit) (at int64, wait time.Duration, err error)
	// GiveBack makes a hit that was counted at a moment not have been.
	GiveBack(ctx context.Context, key string, at int64) error
}

// Limiter holds everybody to one limit.
type Limiter struct {
	// Name keeps the keys of this limit apart from those of others in the same Shared.
	Name  string
	Limit config.Limit
	// Shared counts for all instances; nil where there is one only.
	Shared *Shared
	// Local counts where Shared is nil or away. It is this limit's alone.
	Local *Memory

	refused, alone atomic.Uint64
}

// Stats is what a limiter did since the start.
type Stats struct {
	// Refused is hits too many. Alone is hits that were counted by this process because the shared counter was away.
	Refused, Alone uint64
}

// Stats gives the figures for whoever watches the program.
func (l *Limiter) Stats() Stats { return Stats{l.refused.Load(), l.alone.Load()} }

// Take counts a hit of somebody's; models.RateLimited.
func (l *Limiter) Take(ctx context.Context, who string) error {
	_, _, err := l.take(ctx, who)
	return err
}

// Reserve counts a hit of somebody's that release makes not have been, should it turn out so; models.RateLimited.
func (l *Limiter) Reserve(ctx context.Context, who string) (release func(), err error) {
	shared, at, err := l.take(ctx, who)
	return func() {
		ctx := context.WithoutCancel(ctx) // also for a client that has gone meanwhile
		if shared {
			_ = l.Shared.GiveBack(ctx, l.key(who), at) // where it cannot be given back the hit counts for its window
			return
		}
		_ = l.Local.GiveBack(ctx, who, at)
	}, err
}

// Used says whether this process has counted any hit since it started.
func (l *Limiter) Used() bool { return l.Local.used.Load() }

// Reached says whether somebody has no hit left, by the count of this process alone; models.RateLimited.
func (l *Limiter) Reached(who string) error {
	return l.tooMany(l.Local.Wait(who, l.Limit))
}

// key is somebody's in the Shared that all limits have together.
func (l *Limiter) key(who string) string { return l.Name + " " + who }

// take also says whether the count is the shared one.
func (l *Limiter) take(ctx context.Context, who string) (shared bool, at int64, err error) {
	if l.Shared != nil {
		if at, wait, err := l.Shared.Take(ctx, l.key(who), l.Limit); err == nil {
			return true, at, l.tooMany(wait)
		}
		l.alone.Add(1)
	}
	at, wait, _ := l.Local.Take(ctx, who, l.Limit) // it is never away
	return false, at, l.tooMany(wait)
}

func (l *Limiter) tooMany(wait time.Duration) error {
	if wait > 0 {
		l.refused.Add(1)
		return models.RateLimited(wait)
	}
	return nil
}

// Accounts limits wrong passwords by e-mail address. Addresses are kept as hashes only, by a key of their own.
type Accounts struct {
	limiter *Limiter
	key     []byte
}

// NewAccounts derives the key from the secret, so that instances with the same secret count together.
func NewAccounts(limiter *Limiter, secret []byte) *Accounts {
	return &Accounts{limiter, mac(secret, "countersign account limit")}
}

// Reserve counts a wrong password for an address, in lower case, that release makes not have been.
func (a *Accounts) Reserve(ctx context.Context, email string) (release func(), err error) {
	return a.limiter.Reserve(ctx, base64.RawURLEncoding.EncodeToString(mac(a.key, email)))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
