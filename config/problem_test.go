package config

import (
	"reflect"
	"strings"
	"testing"
)

func TestProblems(t *testing.T) {
	tests := []struct{ env, want string }{
		{"APP_ENV=prod", "APP_ENV: is not a known value; use one of development, production"},
		{"PORT=65536", "PORT: is not a whole number from 0 to 65535; the default is 8080"},
		{"PORT=http", "PORT: is not a whole number"},
		{"HOST=localhost:80", "HOST: is neither an address nor a host name"},
		{"API_URL=https://a.com/api", "API_URL: has a path; "},
		{"JWT_ALGORITHM=none", "JWT_ALGORITHM: is not a known value; use one of HS256, HS384, HS512"},
		{"ACCESS_TOKEN_EXPIRE_MINUTES=0", "ACCESS_TOKEN_EXPIRE_MINUTES: is not a whole number from 1 to 1440"},
		{"REFRESH_TOKEN_EXPIRE_DAYS=31", "REFRESH_TOKEN_EXPIRE_DAYS: is more than REFRESH_TOKEN_ABSOLUTE_DAYS, which is 30 unless set; set "},
		{"REFRESH_TOKEN_ABSOLUTE_DAYS=6", "REFRESH_TOKEN_ABSOLUTE_DAYS: is less than REFRESH_TOKEN_EXPIRE_DAYS; raise it"},
		{"REFRESH_TOKEN_ABSOLUTE_DAYS=3651", "REFRESH_TOKEN_ABSOLUTE_DAYS: is not a whole number from 1 to 3650"},
		{"REFRESH_REUSE_INTERVAL=61s", "REFRESH_REUSE_INTERVAL: is not a duration from 0s to 1m0s; write it with its unit, as in 10s"},
		{"REFRESH_REUSE_INTERVAL=10", "REFRESH_REUSE_INTERVAL: is not a duration"},
		{"REFRESH_REUSE_INTERVAL=-1s", "REFRESH_REUSE_INTERVAL: is not a duration"},
		{"LOCAL_AUTH=yes", "LOCAL_AUTH: is neither on nor off; write on or off"},
		{"LOG_LEVEL=loud", "LOG_LEVEL: is not a known value; use one of info, debug, warn, error"},
		{"DATABASE_SCHEMA=public", "DATABASE_SCHEMA: is a schema of PostgreSQL itself"},
		{"DATABASE_SCHEMA=pg_mine", "DATABASE_SCHEMA: is a schema of PostgreSQL itself"},
		{"DATABASE_SCHEMA=Mine", "DATABASE_SCHEMA: is not a plain name"},
		{"DATABASE_SCHEMA=" + strings.Repeat("a", 64), "DATABASE_SCHEMA: is not a plain name"},
		{"DATABASE_SCHEMA=a|DATABASE_URL=postgres://h/d?schema=a", "DATABASE_SCHEMA: is the schema that DATABASE_URL gives"},
		{"DIRECT_URL=postgres://h/d", "DIRECT_URL: is for PostgreSQL, and DATABASE_URL is not; "},
		{"DATABASE_URL=postgres://h/d|DIRECT_URL=file:a", "DIRECT_URL: is not PostgreSQL as DATABASE_URL is; "},
		{"FRONTEND_URL=https://a.com,https://b.com/x", "FRONTEND_URL: entry 2 has a path; "},
		{"PASSWORD_HASH=md5", "PASSWORD_HASH: is not a known value; use one of scrypt, bcrypt, argon2id"},
		{"REFUSE_COMMON_PASSWORDS=yes", "REFUSE_COMMON_PASSWORDS: is neither on nor off; write on or off"},
		{"METRICS_ADDR=/x", "METRICS_ADDR: is not an address with a port other than PORT; "},
		{"METRICS_ADDR=127.0.0.1:8080", "METRICS_ADDR: is not an address with a port other than PORT; "},
		{"RATE_LIMIT=api=5", "RATE_LIMIT: entry 1 is not a number from 1 to 10000 for each 1s to 24h; write it as in api=100/10s"},
		{"RATE_LIMIT=api=5/1s, api=6/1s", "RATE_LIMIT: entry 2 is not a limit that is known, or one given twice; write on, off, or "},
		{"TRUSTED_PROXIES=10.0.0.0/8,,proxy", "TRUSTED_PROXIES: entry 3 is neither a CIDR nor an address; write "},
	}
	for _, test := range tests {
		t.Run(test.env, func(t *testing.T) {
			got := problems(t, t.TempDir(), strings.Split(test.env, "|")...)
			if len(got) != 1 || !strings.HasPrefix(got[0], test.want) {
				t.Errorf("got %q, want one line with %q", got, test.want)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	got := problems(t, t.TempDir(), "APP_ENV=production", "PORT=x", "METRICS_ADDR=x", "REDIS_URL=http://h")
	var names []string
	for _, line := range got {
		name, message, _ := strings.Cut(line, ": ")
		if !strings.Contains(message, "; ") {
			t.Errorf("%q does not say how to mend it", line)
		}
		names = append(names, name)
	}
	want := []string{"PORT", "FRONTEND_URL", "REDIS_URL", "BETTER_AUTH_SECRET", "METRICS_ADDR"}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func TestNoValueInProblems(t *testing.T) {
	const canary = "cAnArY*7f3a"
	values := []string{canary, canary + ":" + canary, "2:" + canary + ",2:" + canary, "https://" + canary,
		"postgres://" + canary + ":" + canary + "@" + canary + "?" + canary, "file:" + canary + "%zz/"}
	for _, value := range values {
		var env []string
		for _, name := range settings {
			env = append(env, name+"="+value, name+"_FILE=/nowhere/"+value)
		}
		for i, entry := range env {
			all := append([]string{"APP_ENV=production"}, env...)
			for _, run := range [][]string{all, {entry}, {"APP_ENV=production", entry}} {
				if got := strings.Join(problems(t, t.TempDir(), run...), "\n"); strings.Contains(got, "cAnArY") {
					t.Fatalf("entry %d, %q: %s", i, entry, got)
				}
			}
		}
	}
}
