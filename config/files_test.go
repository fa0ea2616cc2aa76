package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestPrecedence(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, ".env.local", "PORT=2\nLOG_LEVEL=\nexport HOST=local\n")
	write(t, dir, ".env", "\ufeffPORT=3\r\nLOG_LEVEL=debug\r\nADMIN_USER_IDS='a$B'\r\n")
	c := mustLoad(t, dir, "PORT=1", "HOST=")
	if c.Port != 1 || c.Host != "local" || c.Log.Level.String() != "DEBUG" || c.AdminUserIDs[0] != "a$B" {
		t.Errorf("got %+v", c)
	}
	if c := mustLoad(t, dir); c.Port != 2 {
		t.Errorf("Port = %d, want that of .env.local", c.Port)
	}
}

func TestMalformedFile(t *testing.T) {
	tests := []struct {
		name, text string
		line       string
	}{
		{"no equals sign", "PORT=1\n\n# x\ncanary\nHOST=a\n", "line 4 "},
		{"no equals sign at the end", "PORT=1\ncanary", "line 2 "},
		{"open quote", "PORT=1\nHOST=\"a\nb\"\nAUTH_SECRET=\"canary\nX=1\n", "line 4 "},
		{"bad name", "BETTER-AUTH=canary\n", "line 1 "},
		{"UTF-16", "\xff\xfeP\x00O\x00R\x00T\x00=\x001\x00\n\x00", "line 1 "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, ".env.local", test.text)
			got := problems(t, dir, "PORT=1", "HOST=a")
			if len(got) != 1 || !strings.HasPrefix(got[0], ".env.local: "+test.line) || strings.Contains(got[0], "canary") {
				t.Errorf("got %q", got)
			}
		})
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".env"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := problems(t, dir); len(got) != 1 || !strings.HasPrefix(got[0], ".env: cannot be read (is a directory); ") {
		t.Errorf("directory: %q", got)
	}
}

func TestSecretFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "secret", " "+goodSecret+"\n\n")
	write(t, dir, "url", "postgres://u:p@h/d\r\n")
	write(t, dir, "empty", "\n")
	c := mustLoad(t, dir, "BETTER_AUTH_SECRET_FILE="+filepath.Join(dir, "secret"), "DATABASE_URL_FILE=url", "DIRECT_URL_FILE=url")
	if got := c.BetterAuth.Secret.Reveal(); got != " "+goodSecret+"\n" {
		t.Errorf("Secret = %q", got)
	}
	if got := c.Database.String(); got != "postgres h:5432/d" {
		t.Errorf("Database = %s", got)
	}
	tests := []struct{ env, want string }{
		{"AUTH_SECRET=x|AUTH_SECRET_FILE=secret", "AUTH_SECRET: is set in the environment together with AUTH_SECRET_FILE; "},
		{"BETTER_AUTH_SECRETS_FILE=canary", "BETTER_AUTH_SECRETS_FILE: names a file that cannot be read (no such file or directory); "},
		{"DATABASE_URL_FILE=empty", "DATABASE_URL_FILE: names an empty file; "},
		{"APP_ENV=production|FRONTEND_URL=https://a.com|BETTER_AUTH_SECRET_FILE=canary", "BETTER_AUTH_SECRET_FILE: names a file"},
	}
	for _, test := range tests {
		got := problems(t, dir, strings.Split(test.env, "|")...)
		if len(got) != 1 || !strings.HasPrefix(got[0], test.want) {
			t.Errorf("%s: got %q, want %q", test.env, got, test.want)
		}
	}
}

// A file named in the environment wins over a value in .env: the place decides.
func TestSecretFilePrecedence(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "secret", "from file")
	write(t, dir, ".env.local", "BETTER_AUTH_SECRET=from-local\n")
	if got := mustLoad(t, dir, "BETTER_AUTH_SECRET_FILE=secret").BetterAuth.Secret.Reveal(); got != "from file" {
		t.Errorf("got %q", got)
	}
}

func TestKeepSecret(t *testing.T) {
	tests := map[string]string{
		"no file": "", "no newline at the end": "PORT=9000", "whole lines": "PORT=9000\n",
		"an empty secret": "PORT=9000\nBETTER_AUTH_SECRET=\n",
	}
	for name, before := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, ".env.local")
			if before != "" {
				write(t, dir, ".env.local", before)
				if err := os.Chmod(path, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			secret, err := KeepSecret(dir)
			if err != nil || len(secret.Reveal()) != 43 {
				t.Fatalf("KeepSecret: %d characters, %v", len(secret.Reveal()), err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			data, _ := os.ReadFile(path)
			if !strings.HasPrefix(string(data), before) || !strings.Contains(string(data), "\n# Made by countersign") && before != "" {
				t.Errorf("the file is spoiled: %q", strings.ReplaceAll(string(data), secret.Reveal(), "…"))
			}
			c := mustLoad(t, dir)
			if c.BetterAuth.Secret != secret || before != "" && c.Port != 9000 {
				t.Error("a later Load does not see it")
			}
		})
	}
	first, _ := KeepSecret(t.TempDir())
	second, _ := KeepSecret(t.TempDir())
	if first == second {
		t.Error("two secrets are the same")
	}
	if _, err := KeepSecret(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("no error where nothing can be kept")
	}
}

func TestParseDotenvEmpty(t *testing.T) {
	for _, text := range []string{"", "\n", "# only a comment", "\n\n# x\n"} {
		if values, line := parseDotenv(text); line != 0 || !reflect.DeepEqual(values, map[string]string{}) {
			t.Errorf("%q: %v, line %d", text, values, line)
		}
	}
}

// Two terminals start the program in a fresh folder at the same moment: they must agree.
func TestKeepSecretOnceUnderARace(t *testing.T) {
	dir := t.TempDir()
	secrets := make(chan Secret, 8)
	for range cap(secrets) {
		go func() {
			s, err := KeepSecret(dir)
			if err != nil {
				t.Error(err)
			}
			secrets <- s
		}()
	}
	first := <-secrets
	for range cap(secrets) - 1 {
		if other := <-secrets; other != first {
			t.Fatal("two secrets were made")
		}
	}
	if c := mustLoad(t, dir); c.BetterAuth.Secret != first {
		t.Error("the secret that was made is not the one that is kept")
	}
}
