package tests

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/tests/betterauth"
)

// both is the program beside a running Better Auth, on one database and with one secret.
type both struct {
	*server
	ba *betterauth.Server
}

// baDatabase is a database's URL as Better Auth's test server takes it.
func baDatabase(databaseURL string) string {
	if path, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
		return "file:" + path
	}
	return databaseURL
}

func baStart(t *testing.T, databaseURL string, plugins ...string) *betterauth.Server {
	t.Helper()
	return betterauth.Start(t, betterauth.Options{
		DatabaseURL: baDatabase(databaseURL), Secret: testSecret, Plugins: plugins,
		Extra: map[string]any{"user": map[string]any{"deleteUser": map[string]any{"enabled": true}}},
	})
}

// makers are who made the tables that both work on.
var makers = map[string]func(t *testing.T, databaseURL string) both{
	"Better Auth made the tables": func(t *testing.T, databaseURL string) both {
		ba := baStart(t, databaseURL, "admin", "bearer", "jwt")
		ba.Migrate(t)
		return both{start(t, databaseURL), ba}
	},
	"Countersign made the tables": func(t *testing.T, databaseURL string) both {
		s := start(t, databaseURL)
		ba := baStart(t, databaseURL, "admin", "bearer", "jwt")
		ba.Migrate(t) // the jwt plugin's table
		return both{s, ba}
	},
}

// What one of the two writes the other reads, at its next request, whoever made the tables.
func TestBesideBetterAuth(t *testing.T) {
	t.Parallel()
	for maker, make := range makers {
		for name, databaseURL := range databases {
			t.Run(maker+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := make(t, databaseURL(t))
				for name, f := range map[string]func(*testing.T, both){
					"one session, one answer": baAgree,
					"sign-out there":          baSignOut,
					"ban there":               baBan,
					"role change there":       baRole,
					"impersonation there":     baImpersonate,
					"registered here":         baRegisteredHere,
					"login here":              baLoginHere,
					"user deleted there":      baDeleted,
					"password changed here":   baPasswordHere,
					"password changed there":  baPasswordThere,
				} {
					b.Clock.Set(time.Now().UTC().Truncate(time.Millisecond)) // Better Auth's clock runs
					t.Run(name, func(t *testing.T) { f(t, b) })
				}
				baSilent(t, b.server, testSecret, "correct horse", "battery staple")
			})
		}
	}
}

// baRow runs the test of a row of ATTACKS beside Better Auth on every database, one made by each of the two.
func baRow(t *testing.T, f func(t *testing.T, b both)) {
	t.Parallel()
	for name, maker := range map[string]string{"sqlite": "Countersign made the tables", "postgres": "Better Auth made the tables"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := makers[maker](t, databases[name](t))
			f(t, b)
			baSilent(t, b.server, testSecret, "correct horse", "battery staple")
		})
	}
}

func TestRow009_AccessTokenAsLink(t *testing.T) { baRow(t, baRow009) }
func TestRow035_SignedOutThere(t *testing.T)    { baRow(t, baRow035) }
func TestRow054_RoleAtSignUp(t *testing.T)      { baRow(t, baRow054) }
func TestRow076_HashesOfEachOther(t *testing.T) { baRow(t, baRow076) }
func TestRow078_TwentyAtOnce(t *testing.T)      { baRow(t, baRow078) }

// Better Auth's own planner finds nothing to do on tables that Countersign made, and its tables stay as
// they are when Countersign adopts them.
func TestTablesAreBetterAuths(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range databases {
		t.Run("made here/"+name, func(t *testing.T) {
			t.Parallel()
			s := start(t, databaseURL(t))
			before := baDefinition(t, s)
			for _, plugins := range [][]string{{"admin"}, {"admin", "bearer"}} {
				plan := baStart(t, s.URL, plugins...).Plan(t)
				if plan.SQL != "" || len(plan.ToBeCreated)+len(plan.ToBeAdded)+len(plan.ToBeAddedIndexes)+len(plan.SchemaProblems) > 0 {
					t.Errorf("with %q: %+v", plugins, plan)
				}
			}
			ba := baStart(t, s.URL, "admin", "jwt")
			if plan := ba.Plan(t); len(plan.ToBeCreated) != 1 || plan.ToBeCreated[0].Table != "jwks" || len(plan.ToBeAdded) > 0 {
				t.Errorf("with jwt: %+v", plan)
			}
			ba.Migrate(t)
			if after := baDefinition(t, s); !slices.Equal(after, before) {
				t.Errorf("Better Auth's migration changed tables it should have taken as they are:\n%s\nwas\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
			}
			start(t, s.URL)
		})
		t.Run("made there/"+name, func(t *testing.T) {
			t.Parallel()
			url := databaseURL(t)
			ba := baStart(t, url, "admin", "bearer", "jwt")
			ba.Migrate(t)
			before := baDefinition(t, &server{SQL: openSQL(t, url), URL: url})
			s := start(t, url)
			if after := baDefinition(t, s); !slices.Equal(after, before) || len(before) < 4 {
				t.Errorf("Countersign changed Better Auth's tables:\n%s\nwas\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
			}
			if plan := ba.Plan(t); plan.SQL != "" || len(plan.SchemaProblems) > 0 {
				t.Errorf("Better Auth would mend: %+v", plan)
			}
		})
		t.Run("the same/"+name, func(t *testing.T) {
			t.Parallel()
			url := databaseURL(t)
			ba := baStart(t, url, "admin")
			ba.Migrate(t)
			there, here := baDefinition(t, &server{SQL: openSQL(t, url), URL: url}), baDefinition(t, start(t, databaseURL(t)))
			if !slices.Equal(there, here) {
				t.Errorf("made there:\n%s\nmade here:\n%s", strings.Join(there, "\n"), strings.Join(here, "\n"))
			}
		})
	}
}

// baDefinition is what the catalogue says of Better Auth's tables: columns, constraints, indexes, triggers.
// A foreign key of ours that points at them is ours, and so are triggers called countersign_*: they are not among them.
func baDefinition(t *testing.T, s *server) []string {
	t.Helper()
	const theirs = `('user', 'session', 'account', 'verification')`
	if strings.HasPrefix(s.URL, "sqlite:") {
		return baRows(t, s, `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'countersign_%' AND tbl_name IN `+theirs)
	}
	class := `JOIN pg_class c ON c.oid = %s JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public' WHERE c.relname IN ` + theirs
	on := func(column string) string { return strings.Replace(class, "%s", column, 1) }
	return slices.Concat(
		baRows(t, s, `SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
			FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum `+on("a.attrelid")+` AND a.attnum > 0`),
		baRows(t, s, `SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k `+on("k.conrelid")),
		baRows(t, s, `SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i `+on("i.indrelid")),
		baRows(t, s, `SELECT c.relname, g.tgname FROM pg_trigger g `+on("g.tgrelid")+` AND NOT g.tgisinternal AND g.tgname NOT LIKE 'countersign_%'`),
	)
}

// ask sends a request to Better Auth with a Cookie header, "" for none, and wants a status.
func (b both) ask(t *testing.T, method, path, cookies string, body any, status int) betterauth.Response {
	t.Helper()
	headers := map[string]string{}
	if cookies != "" {
		headers["Cookie"] = cookies
	}
	r := b.ba.Do(t, method, "/api/auth"+path, headers, body)
	if r.Status != status {
		t.Fatalf("Better Auth: %s %s: %d, want %d: %s", method, path, r.Status, status, r.Body)
	}
	return r
}

// admin makes an admin there and gives the cookies.
func (b both) admin(t *testing.T) string {
	t.Helper()
	up := b.ba.SignUp(t, next("boss")+"@example.com", "correct horse", "Boss")
	b.exec(t, `UPDATE "user" SET role = 'admin' WHERE id = $1`, up.UserID)
	return up.Cookie
}

// signInThere says whether a password signs in at Better Auth, which must say one of the two things that it says.
func (b both) signInThere(t *testing.T, email, password string) bool {
	t.Helper()
	r := b.ba.Do(t, http.MethodPost, "/api/auth/sign-in/email", nil, map[string]string{"email": email, "password": password})
	if r.Status != http.StatusOK && r.JSON["code"] != "INVALID_EMAIL_OR_PASSWORD" {
		t.Fatalf("sign-in: %d %s", r.Status, r.Body)
	}
	return r.Status == http.StatusOK
}

// baTime reads a time of an answer.
func baTime(t *testing.T, text any) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text.(string))
	if err != nil {
		t.Fatal(err)
	}
	return at
}
