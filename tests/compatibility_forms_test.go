package tests

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/tests/betterauth"
	"countersign/tests/postgres"
)

// compat is the program beside the Better Auth that made and owns the tables of a row.
type compat struct {
	both
	row compatRow
	// settings are those that the program was started with: a column that needs others starts one of its own.
	settings []string
	// admin is signed in there; ada too, twice.
	admin, ada betterauth.Signed
	adaEmail   string
}

// compatFields are the names of all columns that are not one word, by model.
var compatFields = map[string][]string{
	"user":         {"emailVerified", "createdAt", "updatedAt", "banReason", "banExpires"},
	"session":      {"expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId", "impersonatedBy"},
	"account":      {"accountId", "providerId", "userId", "accessToken", "refreshToken", "idToken", "accessTokenExpiresAt", "refreshTokenExpiresAt", "createdAt", "updatedAt"},
	"verification": {"expiresAt", "createdAt", "updatedAt"},
	"jwks":         {"publicKey", "privateKey", "createdAt", "expiresAt"},
	"apikey": {
		"configId", "referenceId", "refillInterval", "refillAmount", "lastRefillAt", "rateLimitEnabled", "rateLimitTimeWindow",
		"rateLimitMax", "requestCount", "lastRequest", "expiresAt", "createdAt", "updatedAt",
	},
}

// compatRenamed are names that no rule gives; BETTER_AUTH_NAMES says them here.
const compatRenamed = "user=app_users,session=logins,session.userId=owner_id,session.token=login_token,user.email=mail"

// folder is the version's folder, "" for the newest's.
func (r compatRow) folder() string {
	if r.Version == compatVersion {
		return ""
	}
	return r.Version
}

// compatStart lets Better Auth make the tables of a row and two users, and starts the program on them.
func compatStart(t *testing.T, row compatRow) *compat {
	t.Helper()
	databaseURL := databases["sqlite"](t)
	if row.Database == "PostgreSQL" {
		databaseURL = postgres.Database(t)
		// A zone that is not a whole number of hours away shows where a time was read in the wrong one.
		db := openSQL(t, databaseURL)
		for _, statement := range []string{
			`CREATE SCHEMA identity`,
			`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone TO %L', current_database(), 'Asia/Kathmandu'); END $$`,
		} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	ba := betterauth.Start(t, row.options(baDatabase(databaseURL)))
	ba.Migrate(t)
	settings := []string{"BETTER_AUTH_URL=" + ba.BaseURL}
	if row.Naming == "renamed" {
		settings = append(settings, "BETTER_AUTH_NAMES="+compatRenamed)
	}
	c := &compat{both: both{start(t, databaseURL, settings...), ba}, row: row, settings: settings, adaEmail: "ada@example.com"}
	boss := map[string]any{"email": "boss@example.com", "password": "correct horse", "name": "Boss", "role": "admin"}
	if made := ba.Call(t, "createUser", map[string]any{"body": boss}); made.JSON["result"] == nil {
		t.Fatalf("createUser: %s", made.Body)
	}
	c.admin = ba.SignIn(t, "boss@example.com", "correct horse")
	c.ada = ba.SignUp(t, c.adaEmail, "correct horse", "Zoë")
	c.Clock.Set(time.Now().UTC().Truncate(time.Millisecond)) // Better Auth's clock runs
	return c
}

// options are those of a server that writes as the row says.
func (r compatRow) options(databaseURL string) betterauth.Options {
	o := betterauth.Options{
		DatabaseURL: databaseURL, Secret: testSecret, Version: r.folder(),
		Plugins:       []string{"admin", "bearer", "jwt", "apiKey"},
		PluginOptions: map[string]any{},
		Extra:         map[string]any{"session": map[string]any{"cookieCache": map[string]any{"enabled": true}}},
	}
	if r.Adapter != "Kysely" {
		o.Adapter, o.UsePlural = strings.ToLower(r.Adapter), strings.Contains(r.Naming, "plural")
		o.Milliseconds = strings.Contains(r.Naming, "milliseconds")
	}
	if r.IDs != "text" {
		o.Extra["advanced"] = map[string]any{"database": map[string]any{"generateId": r.IDs}}
	}
	if strings.Contains(r.Naming, "schema") {
		o.DatabaseURL = compatSearchPath(databaseURL)
	}
	if r.Adapter == "Kysely" {
		r.rename(&o)
	}
	return o
}

// compatSearchPath is how pg is told of a schema.
func compatSearchPath(databaseURL string) string {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return databaseURL
	}
	q := u.Query()
	q.Set("options", "-c search_path=identity")
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return u.String()
}

// rename lays the row's naming into the options, for the plugins' tables into theirs.
func (r compatRow) rename(o *betterauth.Options) {
	for model, fields := range compatFields {
		for _, field := range fields {
			if strings.HasPrefix(r.Naming, "snake_case") {
				compatName(o, model, field, compatSnake(field))
			}
		}
		if strings.Contains(r.Naming, "plural") {
			compatName(o, model, "", model+"s")
		}
	}
	if r.Naming != "renamed" {
		return
	}
	for pair := range strings.SplitSeq(compatRenamed, ",") {
		name, to, _ := strings.Cut(pair, "=")
		model, field, _ := strings.Cut(name, ".")
		compatName(o, model, field, to)
	}
}

// compatOwners are the plugins of fields and tables that are not Better Auth's own.
var compatOwners = map[string]string{
	"banReason": "admin", "banExpires": "admin", "impersonatedBy": "admin", "jwks": "jwt", "apikey": "apiKey",
}

// compatName calls a model, or a field of it, by a name.
func compatName(o *betterauth.Options, model, field, name string) {
	owner := compatOwners[model]
	if owner == "" {
		owner = compatOwners[field]
	}
	at := compatMember(o.Extra, model)
	if owner != "" {
		at = compatMember(compatMember(compatMember(o.PluginOptions, owner), "schema"), model)
	}
	if field == "" {
		at["modelName"] = name
		return
	}
	compatMember(at, "fields")[field] = name
}

// compatMember is the object of that name, made where there is none.
func compatMember(object map[string]any, name string) map[string]any {
	inner, ok := object[name].(map[string]any)
	if !ok {
		inner = map[string]any{}
		object[name] = inner
	}
	return inner
}

func compatSnake(name string) string {
	var out strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			out.WriteByte('_')
		}
		out.WriteRune(r)
	}
	return strings.ToLower(out.String())
}
