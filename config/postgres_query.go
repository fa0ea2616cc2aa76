package config

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
)

// pgxParameters are what pgx takes for itself or what every server knows.
// channel_binding is not among them: Neon and others write it for libpq, and
// through their poolers it fails.
var pgxParameters = []string{
	"host", "port", "user", "password", "dbname", "passfile", "connect_timeout", "target_session_attrs",
	"sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslsni", "sslcertmode", "sslnegotiation",
	"require_auth", "krbspn", "krbsrvname", "application_name", "options",
}

// connectTimeout is in seconds, for a URL that gives none: a database that is
// away must become a 503 while the caller still listens.
const connectTimeout = "2"

// cleanQuery keeps what pgx understands and translates what others call
// differently.
func cleanQuery(given url.Values) (url.Values, error) {
	kept := url.Values{"connect_timeout": {connectTimeout}}
	for _, name := range pgxParameters {
		if value := last(given[name]); value != "" {
			kept.Set(name, value)
		}
	}
	if mode := sslMode(given); mode != "" {
		kept.Set("sslmode", mode)
	}
	cleanCertificate(kept)
	return kept, checkQuery(kept)
}

// sslMode is sslmode, or what asyncpg, JDBC and node-postgres write for it.
// Only the two of node-postgres that libpq lacks are translated.
func sslMode(given url.Values) string {
	mode := last(given["sslmode"])
	if mode == "" {
		mode = last(given["ssl"])
	}
	switch mode {
	case "true", "1", "no-verify":
		return "require"
	case "false", "0":
		return "disable"
	}
	return mode
}

// cleanCertificate mends a half pair, which pgx refuses: Prisma calls the
// server's root certificate sslcert, and has no sslkey.
func cleanCertificate(kept url.Values) {
	if kept.Get("sslcert") != "" && kept.Get("sslkey") == "" {
		if kept.Get("sslrootcert") == "" {
			kept.Set("sslrootcert", kept.Get("sslcert"))
		}
		kept.Del("sslcert")
	}
	if kept.Get("sslcert") == "" {
		kept.Del("sslkey")
	}
}

func checkQuery(kept url.Values) error {
	modes := []string{"", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	targets := []string{"", "any", "read-write", "read-only", "primary", "standby", "prefer-standby"}
	_, err := strconv.ParseUint(kept.Get("connect_timeout"), 10, 16)
	switch {
	case err != nil:
		return errors.New("has a connect_timeout that is not a number of seconds; mend or remove it")
	case !slices.Contains(modes, kept.Get("sslmode")):
		return errors.New("has an unknown sslmode; use disable, prefer, require, verify-ca or verify-full")
	case !slices.Contains(targets, kept.Get("target_session_attrs")):
		return errors.New("has unknown target_session_attrs; use any, read-write or primary")
	}
	return nil
}
