package postgres

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// missingError says that this machine has no PostgreSQL server to start.
type missingError struct{ reason string }

func (e *missingError) Error() string { return e.reason }

// binaries returns the directory of the server's programs. Packages often keep
// them out of PATH, so pg_config and the usual places are asked too.
func binaries() (string, error) {
	if path, err := exec.LookPath("pg_ctl"); err == nil {
		// Where PATH has a link to pg_ctl alone, its neighbours are at the target.
		if target, err := filepath.EvalSymlinks(path); err == nil && complete(filepath.Dir(target)) {
			return filepath.Dir(target), nil
		}
		if complete(filepath.Dir(path)) {
			return filepath.Dir(path), nil
		}
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		if dir := strings.TrimSpace(string(out)); complete(dir) {
			return dir, nil
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/opt/homebrew/opt/postgresql*/bin",
		"/usr/local/opt/postgresql*/bin",
	} {
		if dir := newest(pattern); dir != "" {
			return dir, nil
		}
	}
	return "", &missingError{"pg_ctl, initdb and postgres were not found"}
}

func newest(pattern string) string {
	dirs, _ := filepath.Glob(pattern)
	dirs = slices.DeleteFunc(dirs, func(dir string) bool { return !complete(dir) })
	if len(dirs) == 0 {
		return ""
	}
	return slices.MaxFunc(dirs, func(a, b string) int { return version(a) - version(b) })
}

// version is the number in /usr/lib/postgresql/15/bin or postgresql@15/bin.
func version(dir string) int {
	name := filepath.Base(filepath.Dir(dir))
	n, _ := strconv.Atoi(name[strings.LastIndex(name, "@")+1:])
	return n
}

func complete(dir string) bool {
	for _, name := range []string{"pg_ctl", "initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, os.ErrNotExist) {
			return false
		}
	}
	return true
}
