package cmd

import (
	"time"

	"countersign/auth"
	"countersign/config"
	"countersign/database"
	"countersign/limits"
	"countersign/routes"
)

// floodFactor is how many times the limit of the API a client may send that nobody is found for, before it is
// refused without a look at its credentials. It is large, since users behind the same address are refused too.
const floodFactor = 10

// limits counts requests, in Redis where there is one, and each limit apart, so that a flood of one does not push
// out what another has counted.
func (a *App) limits(clock func() time.Time) (*routes.Limits, auth.FailureLimit) {
	figures := a.settings.RateLimits
	var shared *limits.Shared
	if a.stores.counts != nil {
		shared = limits.NewShared(a.stores.counts, a.settings.Redis.Place, clock, a.log)
	}
	limiter := func(name string, l config.Limit) *limits.Limiter {
		a.limiters = append(a.limiters, &limits.Limiter{Name: name, Limit: l, Shared: shared, Local: limits.NewMemory(clock)})
		return a.limiters[len(a.limiters)-1]
	}
	flood := limiter("flood", config.Limit{Hits: floodFactor * figures.API.Hits, Window: figures.API.Window})
	flood.Shared = nil // it keeps this process from work, and must not cost a question itself
	accounts := limits.NewAccounts(limiter("account", figures.Account), []byte(a.settings.BetterAuth.Secret.Reveal()))
	return &routes.Limits{SignIn: limiter("sign-in", figures.SignIn), API: limiter("api", figures.API), Flood: flood}, accounts
}

// rateLimits says what doctor has to say of them. Limits that are off in production are among the settings' warnings.
func rateLimits(s *config.Config) database.Finding {
	f := database.Finding{What: "rate limits", OK: true, Detail: s.RateLimits.String()}
	if len(s.TrustedProxies) == 0 {
		f.Detail += "; clients are told apart by the peer's address"
		f.Mend = "where a proxy stands before this program, name it in TRUSTED_PROXIES: all its clients are one else"
	}
	return f
}
