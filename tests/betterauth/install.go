package betterauth

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
)

// folder is where server.mjs and its packages are, whichever package's test asks.
var folder = sync.OnceValue(func() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
})

// install puts the packages of the lock file into node_modules, once: other
// processes wait on the lock and then find the work done.
var install = sync.OnceValue(func() error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return err
		}
	}
	lock, err := os.Open(filepath.Join(folder(), "package-lock.json"))
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := exclusive(lock); err != nil {
		return err
	}
	if fresh, err := installed(lock); fresh || err != nil {
		return err
	}
	ci := exec.Command("npm", "ci")
	ci.Dir = folder()
	if out, err := ci.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
})

// installed reports whether what npm wrote last is newer than the lock file.
func installed(lock *os.File) (bool, error) {
	wanted, err := lock.Stat()
	if err != nil {
		return false, err
	}
	done, err := os.Stat(filepath.Join(folder(), "node_modules", ".package-lock.json"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return !done.ModTime().Before(wanted.ModTime()), nil
}
