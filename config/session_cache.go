package config

// SessionCache says whether requests may be answered from what an earlier one proved.
type SessionCache struct {
	// Enabled is SESSION_CACHE=auto, the default: on wherever a revocation by another process can be known.
	Enabled bool
	// Entries is how many credentials are remembered: 100,000 by default, 100 to 10,000,000.
	Entries int
	// Triggers is SESSION_TRIGGERS: whether ours may stand on the session and user tables. On by default.
	Triggers bool
	// Canary is SESSION_CANARY: whether a change of our own is sent on its way each minute. On by default.
	Canary bool
}

func (r *reader) sessionCache() SessionCache {
	return SessionCache{
		Enabled:  r.choice("SESSION_CACHE", "auto", "off") == "auto",
		Entries:  r.number("SESSION_CACHE_ENTRIES", 100_000, 100, 10_000_000),
		Triggers: r.onOff("SESSION_TRIGGERS", true),
		Canary:   r.onOff("SESSION_CANARY", true),
	}
}
