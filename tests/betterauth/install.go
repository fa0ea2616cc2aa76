package betterauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
)

// root is where server.mjs is, whichever package's test asks.
var root = sync.OnceValue(func() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
})

// folder is where the packages that Options ask for are. Prisma's are too many to be had by every test.
func (o Options) folder() string {
	switch {
	case o.Version != "":
		return filepath.Join(root(), "versions", o.Version)
	case o.Adapter == "prisma":
		return filepath.Join(root(), "prisma")
	}
	return root()
}

var installs sync.Map

// Install puts the packages of a folder's lock file into its node_modules, once. It fails where there is no Node.js, or npm
// cannot fetch them.
func Install(folder string) error {
	once, _ := installs.LoadOrStore(folder, sync.OnceValue(func() error { return ci(folder) }))
	return once.(func() error)()
}

// ci runs npm ci unless that was done: other processes wait on the lock and then find the work done.
func ci(folder string) error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return err
		}
	}
	lock, err := os.Open(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := exclusive(lock); err != nil {
		return err
	}
	if fresh, err := installed(folder, lock); fresh || err != nil {
		return err
	}
	npm := exec.Command("npm", "ci")
	npm.Dir = folder
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
}

// installed reports whether what npm wrote last is newer than the lock file.
func installed(folder string, lock *os.File) (bool, error) {
	wanted, err := lock.Stat()
	if err != nil {
		return false, err
	}
	done, err := os.Stat(filepath.Join(folder, "node_modules", ".package-lock.json"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return !done.ModTime().Before(wanted.ModTime()), nil
}

// VersionOf is the exact version of Better Auth that Options.Version stands for.
func VersionOf(version string) string {
	text, err := os.ReadFile(filepath.Join(Options{Version: version}.folder(), "package.json"))
	if err != nil {
		return err.Error()
	}
	var manifest struct{ Dependencies map[string]string }
	if err := json.Unmarshal(text, &manifest); err != nil {
		return err.Error()
	}
	return manifest.Dependencies["better-auth"]
}
