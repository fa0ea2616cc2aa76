package cmd

import (
	"context"
	"log/slog"
	"time"

	"countersign/auth"
	"countersign/config"
	"countersign/database"
	"countersign/database/redis"
	"countersign/handlers"
	"countersign/limits"
	"countersign/models"
)

// stores are where users and sessions are kept: in the database, and in Redis where there is one.
type stores struct {
	users interface {
		handlers.UserStore
		auth.UserStore
	}
	accounts interface {
		auth.AccountStore
		Create(ctx context.Context, user *models.User, account *models.Account) error
	}
	sessions interface {
		handlers.SessionStore
		auth.SessionStore
		auth.SessionFinder
		auth.UserFinder
	}
	refreshTokens auth.RefreshStore
	// purge removes refresh tokens past their end and gives how many.
	purge func(ctx context.Context) (int64, error)
	// inRedis is sessions where there is a Redis, and else nil; counts are the rate limits', likewise.
	inRedis *redis.Sessions
	counts  limits.Counter
	// gathered is database.Sessions.Gathered; ping asks Redis, nil where there is none.
	gathered func() (statements, tokens uint64)
	ping     func(context.Context) error
	close    func() error
}

func newStores(settings *config.Config, db *database.DB, log *slog.Logger, clock func() time.Time) *stores {
	users, accounts := database.NewUsers(db, settings.AdminUserIDs), database.NewAccounts(db)
	sessions, refreshTokens := database.NewSessions(db), database.NewRefreshTokens(db)
	if settings.Redis.URL == "" {
		return &stores{users, accounts, sessions, refreshTokens, refreshTokens.Purge, nil, nil, sessions.Gathered, nil, func() error { return nil }}
	}
	storage := redis.Open(settings.Redis, clock)
	both := redis.NewSessions(storage, db, sessions, users, log)
	return &stores{
		&redis.Users{Users: users, Sessions: both}, &redis.Accounts{Accounts: accounts, Sessions: both}, both,
		&redis.RefreshTokens{Rows: refreshTokens, Sessions: both}, refreshTokens.Purge, both, redis.RateLimits{Storage: storage},
		sessions.Gathered, storage.Ping, storage.Close,
	}
}

// local joins registration and login to the stores.
func (s *stores) local(settings *config.Config, audit *database.Audit, log *slog.Logger, clock func() time.Time) *auth.Local {
	return &auth.Local{
		Users: s.users, Accounts: s.accounts, Sessions: s.sessions, Chains: s.refreshTokens, Audit: audit, Hasher: auth.NewHasher(settings.Passwords.Hash),
		Issuer:          &auth.Issuer{Settings: settings.Tokens, Secret: []byte(settings.BetterAuth.Secret.Reveal()), Clock: clock},
		RequireVerified: settings.LocalAuth.RequireEmailVerification, Rehash: settings.Passwords.Rehash, RefuseCommon: settings.Passwords.RefuseCommon,
		Log: log, Clock: clock,
	}
}
