package tests

import (
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// person is a subcommand that runs at a terminal, and who sits there.
type person struct {
	*exec.Cmd
	keyboard *os.File
	seen     *buffer
	read     sync.WaitGroup
}

// sit starts a subcommand at a terminal of its own.
func sit(t *testing.T, arguments string, env ...string) *person {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	screen, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{Cmd: program(t, append(env, "COUNTERSIGN_TEST_ARGUMENTS="+arguments)...), keyboard: keyboard, seen: &buffer{}}
	p.Stdin, p.Stdout, p.Stderr = screen, screen, screen
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	_ = screen.Close()
	p.read.Go(func() { _, _ = io.Copy(p.seen, keyboard) }) // ends with an error when the program has gone
	return p
}

// types writes a line once the screen shows a text.
func (p *person) types(t *testing.T, shown, line string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !strings.Contains(p.seen.String(), shown); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the screen does not show %q:\n%s", shown, p.seen)
		}
	}
	if _, err := p.keyboard.WriteString(line); err != nil {
		t.Fatal(err)
	}
}

// ends waits for the program and gives all that the screen showed.
func (p *person) ends(t *testing.T, code int, words ...string) string {
	t.Helper()
	_ = p.Wait() // the exit code says more
	p.read.Wait()
	says(t, p.seen.String(), p.ProcessState.ExitCode(), code, words...)
	return p.seen.String()
}

// A password is asked for twice and never shown; two that differ change nothing.
func TestPasswordAtATerminal(t *testing.T) {
	t.Parallel()
	s := start(t, databases["sqlite"](t))
	c := newClerk(s)
	p := sit(t, "user create ada@example.com", c.env...)
	p.types(t, "New password: ", password+"\n")
	p.types(t, "The same again: ", password+"\n")
	if seen := p.ends(t, 0, "made ada@example.com"); strings.Contains(seen, password) {
		t.Errorf("the password is shown: %s", seen)
	}
	baLogin(t, s, "ada@example.com", password)
	p = sit(t, "user password ada@example.com", c.env...)
	p.types(t, "New password: ", "battery staple\n")
	p.types(t, "The same again: ", "battery stable\n")
	p.ends(t, 1, "the two are not the same; nothing was changed")
	p = sit(t, "user password ada@example.com", c.env...)
	p.types(t, "New password: ", "\x03") // Ctrl-C
	p.ends(t, 1, "interrupted; nothing was changed")
	if echo, err := unix.IoctlGetTermios(int(p.keyboard.Fd()), unix.TCGETS); err != nil || echo.Lflag&unix.ECHO == 0 {
		t.Errorf("the terminal is left without echo: %v", err)
	}
	baLogin(t, s, "ada@example.com", password)
}

// Colours are for terminals, and for who has not set NO_COLOR.
func TestColours(t *testing.T) {
	t.Parallel()
	s := start(t, databases["sqlite"](t))
	c := newClerk(s, "NO_COLOR=", "TERM=xterm")
	const green, red = "\x1b[32m", "\x1b[31m"
	sit(t, "migrate status", c.env...).ends(t, 0, green+"applied\x1b[0m 00001")
	sit(t, "doctor", append(c.env, "BETTER_AUTH_URL=http://127.0.0.1:1")...).ends(t, 1, green+"ok    ", red+"NOT OK")
	for _, plain := range []string{
		sit(t, "migrate status", append(c.env, "NO_COLOR=1")...).ends(t, 0, "applied 00001"),
		sit(t, "migrate status", append(c.env, "TERM=dumb")...).ends(t, 0, "applied 00001"),
		sit(t, "doctor --json", c.env...).ends(t, 0, `"ok": true`),
	} {
		if strings.Contains(plain, "\x1b") {
			t.Errorf("has colours: %q", plain)
		}
	}
	said, code := tell(t, "", "migrate status", c.env...)
	says(t, said, code, 0, "applied 00001")
	if strings.Contains(said, "\x1b") {
		t.Errorf("a pipe has colours: %q", said)
	}
}

// At a terminal a step that loses rows is taken back after a yes, and not after anything else.
func TestMigrateDownAtATerminal(t *testing.T) {
	t.Parallel()
	s := start(t, databases["sqlite"](t))
	c := newClerk(s)
	c.does(t, password, "user create ada@example.com", 0)
	c.does(t, "", "migrate down", 0)
	for _, no := range []string{"\n", "n\n", "\x03"} {
		p := sit(t, "migrate down", c.env...)
		p.types(t, "Remove them? [y/N] ", no)
		p.ends(t, 1, "removes 1 rows of", "nothing was done")
	}
	p := sit(t, "migrate down", c.env...)
	p.types(t, "Remove them? [y/N] ", "y\n")
	p.ends(t, 0, "took back 00002_audit.sql")
}

// Progress is one line that is written over.
func TestProgressAtATerminal(t *testing.T) {
	t.Parallel()
	s := start(t, databases["sqlite"](t))
	seen := sit(t, "seed --users 3000", newClerk(s).env...).ends(t, 0, "\r\x1b[Kmade 3000 users with 2 sessions each")
	if strings.Count(seen, "\n") != 3 {
		t.Errorf("%q", seen)
	}
}
