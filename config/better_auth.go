package config

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// BetterAuth is what this program and the Better Auth server must agree on.
type BetterAuth struct {
	// Secret signs and verifies cookies and tokens: the first entry of
	// BETTER_AUTH_SECRETS, else BETTER_AUTH_SECRET, else AUTH_SECRET. It is
	// empty only in development with none of them set; see KeepSecret.
	Secret Secret
	// Retired may decrypt and never verifies: every entry of
	// BETTER_AUTH_SECRETS (the first is Secret), the unversioned secret last.
	Retired []VersionedSecret
	// URL is the origin of BETTER_AUTH_URL, "" when unset.
	URL string
	// JWKSURL is where the public keys of Better Auth's JWT plugin are asked for
	// when the database does not have them; "" without a BETTER_AUTH_URL.
	JWKSURL string
	// CookieCache is Better Auth's session.cookieCache, as far as it counts here.
	CookieCache CookieCache
	// CookieName is the one session cookie name that is read, with __Secure-
	// where SecureCookies says so.
	CookieName string
	// SecureCookies is SECURE_COOKIES; unset, whether BETTER_AUTH_URL, or
	// without one the first FRONTEND_URL, is https.
	SecureCookies bool
}

// CookieCache describes the session_data cookie.
type CookieCache struct {
	// Enabled is COOKIE_CACHE, off by default: with it some reads may be as far
	// behind the database as the cookie is old.
	Enabled bool
	// Name is the cookie's whole name, with __Secure- as CookieName has it.
	Name string
	// Version is COOKIE_CACHE_VERSION, "1" by default.
	Version string
}

// Decrypting are all secrets that may have encrypted something, the one that
// signs first. It is there too when it was made only after the settings were read.
func (b *BetterAuth) Decrypting() []Secret {
	secrets := []Secret{b.Secret}
	for _, one := range b.Retired {
		secrets = append(secrets, one.Secret)
	}
	return secrets
}

// VersionedSecret is one secret that may have encrypted something.
type VersionedSecret struct {
	// Version is the number Better Auth writes beside what it encrypted, or
	// Unversioned.
	Version int
	Secret  Secret
}

// Unversioned marks the secret of BETTER_AUTH_SECRET: what it encrypted bears
// no version.
const Unversioned = -1

// publishedSecret is DEFAULT_SECRET of better-auth 1.7.25
// (dist/utils/constants.mjs): with it anybody signs a session.
const publishedSecret = "better-auth-secret-12345678901234567890" //nolint:gosec // everybody knows it

// minSecretLength is in characters, and what Better Auth itself warns below.
const minSecretLength = 32

func (r *reader) betterAuth(production bool, frontend string) BetterAuth {
	var b BetterAuth
	b.URL, b.JWKSURL = r.betterAuthURL()
	b.Secret, b.Retired = r.secrets(production)
	base := frontend
	if b.URL != "" {
		base = b.URL
	}
	b.SecureCookies = r.onOff("SECURE_COOKIES", strings.HasPrefix(base, "https://"))
	b.CookieName, b.CookieCache.Name = r.cookieNames(b.SecureCookies)
	b.CookieCache.Enabled = r.onOff("COOKIE_CACHE", false)
	if b.CookieCache.Version = r.text("COOKIE_CACHE_VERSION"); b.CookieCache.Version == "" {
		b.CookieCache.Version = "1"
	}
	return b
}

// secrets reads the shared secret and its past. Once BETTER_AUTH_SECRETS is
// set, the unversioned secret only decrypts, and the published one not even
// that, as in Better Auth.
func (r *reader) secrets(production bool) (Secret, []VersionedSecret) {
	all := r.versionedSecrets()
	signer, legacy := r.legacySecret()
	if len(all) > 0 {
		signer = "BETTER_AUTH_SECRETS"
	}
	if legacy != "" && (len(all) == 0 || legacy != publishedSecret) {
		all = append(all, VersionedSecret{Unversioned, Secret(legacy)})
	}
	if production {
		r.checkSigner(signer, all)
	}
	if len(all) == 0 {
		return "", nil
	}
	return all[0].Secret, all
}

// legacySecret is the unversioned secret and the setting it came from.
func (r *reader) legacySecret() (name, secret string) {
	for _, name := range []string{"BETTER_AUTH_SECRET", "AUTH_SECRET"} {
		if secret := r.secret(name); secret != "" {
			return name, secret
		}
	}
	return "BETTER_AUTH_SECRET", ""
}

// checkSigner holds the secret that signs to the rules of production.
func (r *reader) checkSigner(name string, all []VersionedSecret) {
	const mend = "; set it to the secret of Better Auth, made with: openssl rand -base64 32"
	switch {
	case r.refused(name) || r.refused("BETTER_AUTH_SECRETS") || r.refused("AUTH_SECRET"):
	case len(all) == 0:
		r.refuse(name, "is not set, and production needs it"+mend)
	case all[0].Secret == publishedSecret:
		r.refuse(name, "is the default that Better Auth publishes, so anybody can sign with it"+mend)
	case utf8.RuneCountInString(all[0].Secret.Reveal()) < minSecretLength:
		r.refuse(name, fmt.Sprintf("is shorter than %d characters, which production refuses%s", minSecretLength, mend))
	}
}

// versionedSecrets reads "2:new,1:old" as Better Auth's parseSecretsEnv does.
// Problems name the position: everything else in it is secret.
func (r *reader) versionedSecrets() []VersionedSecret {
	const name = "BETTER_AUTH_SECRETS"
	text := r.secret(name)
	if text == "" {
		return nil
	}
	var all []VersionedSecret
	seen := map[int]bool{}
	for i, entry := range strings.Split(text, ",") {
		one, flaw := parseVersioned(entry)
		if flaw == "" && seen[one.Version] {
			flaw = "repeats the version of an earlier entry; give each its own"
		}
		if flaw != "" {
			r.refuse(name, fmt.Sprintf("entry %d %s", i+1, flaw))
			continue
		}
		seen[one.Version] = true
		all = append(all, one)
	}
	return all
}

// parseVersioned reads one version:secret. Whoever made the secret may have
// put a colon in it, so only the first one counts.
func parseVersioned(entry string) (one VersionedSecret, flaw string) {
	version, secret, found := strings.Cut(entry, ":")
	number, err := strconv.ParseUint(strings.TrimSpace(version), 10, 31)
	secret = strings.TrimSpace(secret)
	switch {
	case !found:
		return one, "has no version; write version:secret, as in 2:new,1:old"
	case err != nil:
		return one, "has a version that is not a whole number from 0; write version:secret, as in 2:new,1:old"
	case secret == "":
		return one, "has no secret after its version; add it or remove the entry"
	}
	return VersionedSecret{int(number), Secret(secret)}, ""
}

// cookieNames are the whole names of the session cookie and of the cache beside
// it: exactly one of each is read, since a reader of both forms would take a
// cookie that a plain-http neighbour could set.
func (r *reader) cookieNames(secure bool) (session, cache string) {
	session = r.cookieToken("COOKIE_NAME")
	prefix := r.cookieToken("COOKIE_PREFIX")
	if prefix == "" {
		prefix = "better-auth"
	}
	if session == "" {
		session = prefix + ".session_token"
	}
	cache = prefix + ".session_data"
	if secure {
		return "__Secure-" + session, "__Secure-" + cache
	}
	return session, cache
}

// cookieToken is a setting made of the characters a cookie's name may have (RFC 6265).
func (r *reader) cookieToken(setting string) string {
	value := r.text(setting)
	lower := strings.ToLower(value)
	switch {
	case strings.HasPrefix(lower, "__secure-") || strings.HasPrefix(lower, "__host-"):
		r.refuse(setting, "begins with a prefix that is added by itself; remove it and set SECURE_COOKIES")
	case strings.Trim(value, hostCharacters+"!#$%&'*+.^`|~") != "":
		r.refuse(setting, "has characters a cookie's name cannot have; use letters, digits, -, _ and .")
	}
	return value
}
