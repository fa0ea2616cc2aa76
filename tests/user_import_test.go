package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/tests/betterauth"
)

// importRows are a FastAPI app's users: one for each kind of hash, and such as are refused.
func importRows() string {
	return "id,email,hashed_password,full_name,is_superuser,is_active,is_verified,created_at\n" +
		"1,Bcrypt@Example.com," + importedHashes["bcrypt"] + ",Ada,t,t,t,2024-05-06 07:08:09\n" +
		"2,argon2id@example.com,\"" + importedHashes["argon2id"] + "\",Grace,f,t,f,\n" +
		"3,scrypt@example.com," + passwordHash() + ",,f,t,f,\n" +
		"4,gone@example.com," + importedHashes["bcrypt"] + ",,f,f,f,\n" +
		"5,plain@example.com," + password + ",,f,t,f,\n" +
		"6," + importedHashes["bcrypt"] + "," + importedHashes["bcrypt"] + ",,f,t,f,\n" +
		"7,bcrypt@example.com," + importedHashes["bcrypt"] + ",,f,t,f,\n"
}

// importFile puts a file where the program will look.
func importFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The users of a FastAPI app sign in here with the passwords they had; what cannot be one is named, and a
// second run changes nothing.
func TestUserImport(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		env := []string{"DATABASE_URL=" + s.URL, "BETTER_AUTH_SECRET=" + testSecret}
		file, report := importFile(t, "users.csv", importRows()), filepath.Join(t.TempDir(), "refused.jsonl")
		count := func() string {
			return s.one(t, `SELECT count(*) FROM "user"`) + s.one(t, `SELECT count(*) FROM "account"`)
		}

		said, code := tell(t, "", "user import --dry-run "+file, env...)
		says(t, said, code, 1, "would import 4, refused 3", "line 6: plain@example.com: ", "line 7: email is not", "line 8: bcrypt@example.com: Email already registered", `the column "id" is not known`)
		if count() != "00" {
			t.Fatalf("a dry run leaves %s", count())
		}
		said, code = tell(t, "", "user import "+file+" --report "+report, env...)
		says(t, said, code, 1, "imported 4, refused 3", "line 6: plain@example.com: the password is not a hash", "line 7: email is not", "line 8: bcrypt@example.com: Email already registered", "3 rows were refused")
		refused, _ := os.ReadFile(report)
		for _, text := range []string{said, string(refused)} {
			if strings.Contains(text, "$2b$") || strings.Contains(text, "$argon2id$") || strings.Contains(text, password) || strings.Contains(text, passwordHash()) {
				t.Errorf("shows a hash: %s", text)
			}
		}
		if strings.Count(string(refused), "\n") != 3 || !strings.Contains(string(refused), `{"line":6,"email":"plain@example.com","reason":"the password is not a hash`) {
			t.Errorf("the report: %s", refused)
		}
		trail := s.one(t, "SELECT string_agg(type || ': ' || detail, ', ' ORDER BY id) FROM "+s.own("audit_events"))
		if want := "registered: imported, role_changed: imported as admin, registered: imported, registered: imported, registered: imported, banned: imported"; trail != want {
			t.Errorf("the audit trail has %q, want %q", trail, want)
		}
		login := func(name string, status int, word string) call {
			return call{name: name, method: "POST", path: "/auth/login", body: loginBody(name+"@example.com", word), status: status}
		}
		s.run(t, []call{
			login("bcrypt", 200, password), login("argon2id", 200, password), login("scrypt", 200, password), login("gone", 403, password),
			login("bcrypt", 401, password+"y"), login("argon2id", 401, password+"y"), login("scrypt", 401, password+"y"), login("plain", 401, password),
		})
		for email, want := range map[string]string{
			"bcrypt@example.com":   "Ada|admin|true|false|2024-05-06",
			"argon2id@example.com": "Grace|user|false|false|" + s.Clock.Now().Format("2006-01-02"),
			"gone@example.com":     "|user|false|true|" + s.Clock.Now().Format("2006-01-02"),
		} {
			got := s.one(t, `SELECT name || '|' || role || '|' || CASE WHEN "emailVerified" THEN 'true' ELSE 'false' END || '|' || CASE WHEN banned THEN 'true' ELSE 'false' END || '|' || substr(CAST("createdAt" AS text), 1, 10) FROM "user" WHERE email = $1`, email)
			if got != want {
				t.Errorf("%s is %s, want %s", email, got, want)
			}
		}
		before := baDump(t, s)
		said, code = tell(t, "", "user import "+file, env...)
		says(t, said, code, 1, "imported 0, refused 7", "line 2: Bcrypt@Example.com: Email already registered")
		if baDump(t, s) != before {
			t.Error("a second run changes rows")
		}
	})
}

// From standard input, as JSON lines; with nothing to refuse the exit code is 0.
func TestUserImportFromStandardInput(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		env := []string{"DATABASE_URL=" + s.URL, "BETTER_AUTH_SECRET=" + testSecret}
		line := fmt.Sprintf(`{"email":"ada@example.com","password_hash":%q,"name":"Ada","role":"editor"}`, importedHashes["bcrypt"])
		said, code := tell(t, line, "user import -", env...)
		says(t, said, code, 1, "add --format csv or --format jsonl")
		said, code = tell(t, line, "user import --format jsonl -", env...)
		says(t, said, code, 0, "imported 1, refused 0")
		baLogin(t, s, "ada@example.com", password)
		said, code = tell(t, "ada@example.com,x\n", "user import --format csv -", env...)
		says(t, said, code, 1, "the first line must name the columns", "imported 0, refused 0")
		said, code = tell(t, "", "user import nowhere.csv", env...)
		says(t, said, code, 1, "nowhere.csv")
	})
}

// Without the admin plugin's columns a role or a ban has no place: such a user is refused, not let in.
func TestUserImportKeepsBans(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := databaseURL(t)
			betterauth.Start(t, betterauth.Options{DatabaseURL: baDatabase(url), Secret: testSecret}).Migrate(t)
			s := start(t, url)
			rows := "email,password,is_active,role\na@example.com,HASH,f,\nb@example.com,HASH,t,admin\nc@example.com,HASH,t,user\n"
			said, code := tell(t, strings.ReplaceAll(rows, "HASH", importedHashes["bcrypt"]), "user import --format csv -", "DATABASE_URL="+url, "BETTER_AUTH_SECRET="+testSecret)
			says(t, said, code, 1, "imported 1, refused 2", "line 2: a@example.com: The table", "has no column banned", "line 3: b@example.com: The table", "has no column role")
			if emails := baRows(t, s, `SELECT email FROM "user"`); len(emails) != 1 || emails[0] != "c@example.com" {
				t.Errorf("there are %q", emails)
			}
		})
	}
}

// A real Better Auth signs imported users in whose hashes it was told to read, and its own always.
func TestUserImportBesideBetterAuth(t *testing.T) {
	t.Parallel()
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := databaseURL(t)
			there := map[string]*betterauth.Server{}
			for email, kind := range map[string]string{"scrypt@example.com": "", "bcrypt@example.com": "bcrypt", "argon2id@example.com": "argon2id"} {
				there[email] = betterauth.Start(t, betterauth.Options{DatabaseURL: baDatabase(url), Secret: testSecret, Plugins: []string{"admin"}, PasswordHash: kind})
			}
			there["scrypt@example.com"].Migrate(t)
			s := start(t, url)
			said, code := tell(t, importRows(), "user import --format csv -", "DATABASE_URL="+url, "BETTER_AUTH_SECRET="+testSecret)
			says(t, said, code, 1, "imported 4, refused 3")
			for email, ba := range there {
				in := ba.SignIn(t, email, password)
				if status := baMe(t, s, "Cookie: "+in.Cookie); status != 200 {
					t.Errorf("%s: its cookie here: %d", email, status)
				}
				if (both{s, ba}).signInThere(t, email, password+"y") {
					t.Errorf("%s: another password signs in there", email)
				}
			}
		})
	}
}
