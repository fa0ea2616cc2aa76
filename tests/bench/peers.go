package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	ba "countersign/tests/betterauth"
)

// startPocketBase builds PocketBase in its own module and asks for records as their owners.
func startPocketBase(ctx context.Context, b *bench) (*target, error) {
	program, err := b.build(ctx, filepath.Join(b.root, "tests", "bench", "peers", "pocketbase"), "pocketbase")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMissing, err)
	}
	requests, port := filepath.Join(b.dir, "pocketbase.tsv"), freePort()
	command := exec.CommandContext(ctx, program, "serve", "--dir", filepath.Join(b.dir, "pocketbase-data"), fmt.Sprintf("--http=127.0.0.1:%d", port))
	command.Dir, command.Env = b.dir, append(os.Environ(), "BENCH_REQUESTS="+requests)
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	p, err := b.spawn(ctx, command, url, "/api/health", "")
	if err != nil {
		return nil, err
	}
	b.report.version("PocketBase %s", b.required("tests/bench/peers/pocketbase/go.mod", "github.com/pocketbase/pocketbase"))
	return one(url, p, requests), nil
}

// required is the version of a module in a go.mod.
func (b *bench) required(file, module string) string {
	text, _ := os.ReadFile(filepath.Join(b.root, file))
	_, rest, _ := strings.Cut(string(text), module+" ")
	version, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(version)
}

// startFastAPI runs the reference application of peers/fastapi with what its requirements.txt pins. Its access
// log is off, which favours it.
func startFastAPI(ctx context.Context, b *bench) (*target, error) {
	folder := filepath.Join(b.root, "tests", "bench", "peers", "fastapi")
	venv, err := virtualenv(ctx, filepath.Join(folder, "requirements.txt"))
	if err != nil {
		return nil, fmt.Errorf("%w: FastAPI (install Python 3.11 or newer with venv): %w", errMissing, err)
	}
	port := freePort()
	command := exec.CommandContext(ctx, filepath.Join(venv, "bin", "uvicorn"), "main:app", "--app-dir", folder,
		"--workers", "2", "--no-access-log", "--host", "127.0.0.1", "--port", fmt.Sprint(port))
	database := strings.Replace(b.database, "postgres://", "postgresql+asyncpg://", 1)
	database, _, _ = strings.Cut(database, "?")
	command.Dir = b.dir
	command.Env = append(os.Environ(), "DATABASE_URL="+database, "BETTER_AUTH_SECRET="+secret, "PYTHONDONTWRITEBYTECODE=1")
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	p, err := b.spawn(ctx, command, url, "/api/me", cookie(0))
	if err != nil {
		return nil, err
	}
	text, _ := os.ReadFile(filepath.Join(folder, "requirements.txt"))
	b.report.version("%s", strings.Join(strings.Fields(string(text)), ", "))
	return one(url, p, b.requests), nil
}

// virtualenv makes a virtual environment once for each content of a requirements file, in the user's cache.
func virtualenv(ctx context.Context, requirements string) (string, error) {
	text, err := os.ReadFile(requirements)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "countersign-bench", fmt.Sprintf("fastapi-%x", sha256.Sum256(text))[:24])
	if _, err := os.Stat(filepath.Join(folder, "complete")); err == nil {
		return folder, nil
	}
	for _, line := range [][]string{
		{"python3", "-m", "venv", folder},
		{filepath.Join(folder, "bin", "pip"), "install", "--quiet", "--requirement", requirements},
	} {
		if out, err := exec.CommandContext(ctx, line[0], line[1:]...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", strings.Join(line, " "), err, out)
		}
	}
	return folder, os.WriteFile(filepath.Join(folder, "complete"), nil, 0o600)
}

// getSession is what Better Auth answers "who am I?" at.
const getSession = "/api/auth/get-session"

func startBetterAuth(_ context.Context, b *bench) (*target, error) {
	t := b.betterAuth(nil)
	var err error
	t.requests, err = b.cookieRequests(getSession, 2*b.users)
	return t, err
}

// startBetterAuthCache asks once for each session, which is what fills a browser's cookie cache.
func startBetterAuthCache(ctx context.Context, b *bench) (*target, error) {
	const sessions = 300
	t := b.betterAuth(map[string]any{"session": map[string]any{"cookieCache": map[string]any{"enabled": true, "maxAge": 86400}}})
	lines := make([]string, sessions)
	for i := range lines {
		data, err := cacheCookie(ctx, t.urls[0], cookie(i))
		if err != nil {
			return nil, err
		}
		lines[i] = getSession + "\tCookie\t" + cookie(i) + "; " + data
	}
	var err error
	t.requests, err = b.requestFile(lines)
	return t, err
}

func cacheCookie(ctx context.Context, url, session string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+getSession, nil)
	if err != nil {
		return "", err
	}
	r.Header.Set("Cookie", session)
	answer, err := plainClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	var body struct{ User *struct{ ID string } }
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil || body.User == nil {
		return "", fmt.Errorf("better auth does not know a seeded session: status %d, %w", answer.StatusCode, err)
	}
	for _, c := range answer.Cookies() {
		if c.Name == "better-auth.session_data" {
			return c.Name + "=" + c.Value, nil
		}
	}
	return "", fmt.Errorf("better auth sets no cookie cache")
}

func (b *bench) betterAuth(extra map[string]any) *target {
	s := ba.Start(b.stage, ba.Options{DatabaseURL: b.database, Secret: secret, Extra: extra})
	b.report.version("Better Auth %s", ba.VersionOf(""))
	return &target{urls: []string{strings.Replace(s.URL, "localhost", "127.0.0.1", 1)}, pids: []int{s.PID}}
}
