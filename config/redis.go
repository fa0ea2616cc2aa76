package config

import (
	"net/url"
	"strings"
)

// Redis is where Better Auth keeps sessions when it has a secondaryStorage.
type Redis struct {
	// URL is REDIS_URL as redis:// or rediss://, "" where there is none.
	URL Secret
	// Place is the host and port, for people and logs.
	Place string
	// Prefix stands before every key, as redisStorage's keyPrefix does.
	Prefix string
}

// redisSchemes are what REDIS_URL may begin with, and what the client calls it.
var redisSchemes = map[string]string{"redis": "redis", "rediss": "rediss", "valkey": "redis", "valkeys": "rediss"}

func (r *reader) redis() Redis {
	const name = "REDIS_URL"
	prefix := r.text("REDIS_PREFIX")
	if prefix == "" {
		prefix = "better-auth:"
	}
	text := strings.TrimSpace(r.secret(name))
	if text == "" {
		return Redis{Prefix: prefix}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		r.refuse(name, "is no URL; write redis://user:password@host:6379/0, with what is special in a password percent-encoded")
	case redisSchemes[u.Scheme] == "" || u.Hostname() == "":
		r.refuse(name, "is not the URL of a Redis; write redis://host:6379, or rediss:// for TLS")
	case strings.Trim(u.Path, "/0123456789") != "" || strings.Count(u.Path, "/") > 1:
		r.refuse(name, "has a path that is no database's number; write redis://host:6379/0")
	case u.RawQuery != "" || u.Fragment != "":
		r.refuse(name, "has parameters, and none is known; remove what begins with ? or #")
	default:
		u.Scheme = redisSchemes[u.Scheme]
		return Redis{URL: Secret(u.String()), Place: u.Host, Prefix: prefix}
	}
	return Redis{Prefix: prefix}
}
