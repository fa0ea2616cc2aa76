package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nowhere is a database that cannot be asked and a port that is nobody's: who asks for it fails.
var nowhere = []string{"DATABASE_URL=postgres://nobody:canary-password@127.0.0.1:1/none", "BETTER_AUTH_SECRET="}

// routes lists what the program serves, with its guards, without a secret or a database.
func TestRoutesCommand(t *testing.T) {
	t.Parallel()
	out, said, code := apart(t, "", "routes --json", nowhere...)
	says(t, said, code, 0)
	var got []struct{ Method, Path, Guard, Limit string }
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	served := start(t, databases["sqlite"](t)).app.Routes
	if len(got) != len(served) {
		t.Fatalf("%d routes are listed, %d served", len(got), len(served))
	}
	for i, r := range served {
		if g := got[i]; g.Method != r.Method || g.Path != r.Path || g.Guard != r.Guard.String() || g.Limit != r.Limit.String() {
			t.Errorf("%+v is listed, and served is %s %s %s", g, r.Method, r.Path, r.Guard)
		}
	}
	said, code = tell(t, "", "routes", append(nowhere, "RATE_LIMIT=api=7/1m", "LOCAL_AUTH=off")...)
	says(t, said, code, 0, "METHOD", "moderator or admin  api", "RATE_LIMIT: sign-in=3/10s,api=7/1m")
	if strings.Contains(said, "/auth/") {
		t.Error("a route is listed that does not exist")
	}
}

func TestVersionCommand(t *testing.T) {
	t.Parallel()
	out, said, code := apart(t, "", "version --json", "PORT=x")
	says(t, said, code, 0)
	var v map[string]any
	if err := json.Unmarshal([]byte(out), &v); err != nil || v["version"] == "" || !strings.HasPrefix(v["go"].(string), "go1.") || !strings.Contains(v["platform"].(string), "/") {
		t.Errorf("%v: %s", err, out)
	}
	out, said, code = apart(t, "", "version", "PORT=x")
	says(t, out+said, code, 0, "countersign ", "commit ", "platform ")
}

// Completion is offered for each shell, and neither it nor help looks at the settings or makes a file.
func TestCompletionAndHelp(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	run := func(arguments string, words ...string) {
		t.Helper()
		command := program(t, append(nowhere, "PORT=x", "COUNTERSIGN_TEST_ARGUMENTS="+arguments)...)
		command.Dir = folder
		out, err := command.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v", arguments, err)
		}
		says(t, string(out), 0, 0, words...)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		run("completion "+shell, "countersign")
	}
	run("__complete user b", "ban\tBan a user", ":4")
	run("__complete user ban a", ":4")
	run("__complete token a", ":4")
	run("__complete user import a", ":0")
	run("__complete user list --banned t", "true", ":4")
	run("--help", "Exit codes: 0", "seed", "completion")
	for _, c := range []string{"user", "user list", "user create", "user role", "user ban", "user unban", "user password", "user sessions", "user import", "token", "seed"} {
		run(c+" --help", "Usage:\n  countersign "+c)
		if c != "user" {
			run(c+" --help", "Examples:\n  c")
		}
	}
	if files, _ := filepath.Glob(filepath.Join(folder, "*")); len(files) != 0 {
		t.Errorf("made %v", files)
	}
}

// What cannot be understood is 1 and says where the help is; settings are 2.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	for arguments, want := range map[string]struct {
		code int
		says string
	}{
		"frobnicate": {1, "unknown command"}, "user list --frobnicate": {1, "see countersign user list --help"},
		"user list": {2, "PORT: is not"}, "token a@example.com": {2, "PORT: is not"}, "seed": {2, "PORT: is not"}, "routes": {2, "PORT: is not"}, "migrate status": {2, "PORT: is not"},
	} {
		said, code := tell(t, "", arguments, "PORT=x")
		says(t, said, code, want.code, want.says)
	}
	for arguments, where := range map[string]string{"frobnicate": "countersign", "user role ada": "countersign user role", "user list ada": "countersign user list", "migrate status x": "countersign migrate status"} {
		said, code := tell(t, "", arguments)
		says(t, said, code, 1, "; see "+where+" --help")
	}
	said, code := tell(t, "", "user list", nowhere...)
	says(t, said, code, 1, "127.0.0.1:1")
	if strings.Contains(said, "canary-password") {
		t.Error(said)
	}
}

// What only looks makes no SQLite file where there is none.
func TestNoFileIsMade(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, c := range []string{"user list", "user create ada@example.com", "explain", "doctor", "migrate status", "migrate down", "token ada@example.com", "seed"} {
		said, code := tell(t, password, c, "DATABASE_URL=sqlite:"+filepath.Join(folder, "none.db"), "BETTER_AUTH_SECRET="+testSecret)
		says(t, said, code, 1, "there is no such file", "DATABASE_URL", "countersign migrate up")
		if made, _ := filepath.Glob(filepath.Join(folder, "*")); made != nil {
			t.Fatalf("%s made %v", c, made)
		}
	}
}

// A step is taken back only after it was said which rows go with it.
func TestMigrateDown(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		c := newClerk(s)
		id := s.user(t, "")
		token := s.session(t, id)
		s.expect(t, 201, "POST", "/api/posts", `{"title":"a","content":""}`, bearer(token))
		c.does(t, "", "user sessions "+id+" --end-all", 0)
		c.does(t, "", "migrate status --json", 0, `"name": "00003_changes.sql",`, `"applied": true`)
		c.does(t, "", "migrate down", 0, "took back 00003")
		c.does(t, "", "migrate status", 0, "applied 00002_audit.sql", "pending 00003_changes.sql")
		c.does(t, "yes\n", "migrate down", 1, "taking back 00002_audit.sql removes 1 rows of "+s.own("audit_events"), "say --yes")
		if s.one(t, "SELECT count(*) FROM "+s.own("audit_events")) != "1" {
			t.Error("rows are gone")
		}
		c.does(t, "", "migrate down --yes", 0, "took back 00002_audit.sql")
		c.does(t, "", "migrate down", 1, "removes 1 rows of "+s.own("posts"))
		s.exec(t, "DELETE FROM "+s.own("posts"))
		c.does(t, "", "migrate down", 0, "took back 00001")
		c.does(t, "", "migrate down", 0, "nothing to take back")
	})
}

// Whatever is asked, no command shows a secret, a hash, a token or a password that it did not make up itself.
func TestCommandsShowNoSecrets(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		c := newClerk(s, "LOG_LEVEL=debug")
		c.does(t, password, "user create ada@example.com --role admin", 0)
		access, refresh := baLogin(t, s, "ada@example.com", password)
		hash := func() string { return s.one(t, `SELECT password FROM "account"`) }
		secrets := []string{testSecret, password, hash(), s.one(t, `SELECT token FROM "session"`), access, refresh, "battery staple"}
		file := filepath.Join(t.TempDir(), "users.csv")
		if err := os.WriteFile(file, []byte("email,password\nbob@example.com,"+importedHashes["bcrypt"]+"\nada@example.com,"+importedHashes["bcrypt"]+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		ask := func(input, arguments string) { // whatever it answers
			said, _ := tell(t, input, arguments, c.env...)
			c.all.WriteString(said)
		}
		for _, arguments := range []string{
			"user list", "user list --json", "user sessions ada@example.com", "user sessions ada@example.com --json", "user role ada@example.com admin,x", "user import " + file,
			"routes", "routes --json", "version", "migrate status", "migrate status --json", "doctor", "doctor --json", "--help", "seed --force --users 2", "migrate down", "migrate down",
			"user list", "migrate up", "user ban ada@example.com", "user unban ada@example.com", "user sessions ada@example.com --end-all",
		} {
			ask("", arguments)
		}
		ask("battery staple", "user password ada@example.com")
		ask(password, "user create ada@example.com")
		ask("battery staple\nbattery staple", "user create eve@example.com")
		secrets = append(secrets, hash(), importedHashes["bcrypt"])
		for _, secret := range secrets {
			if len(secret) < 8 || strings.Contains(c.all.String(), secret) {
				t.Errorf("shown is %.12q", secret)
			}
		}
	})
}
