package tests

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/tests/need"
)

var (
	printedWeb      = regexp.MustCompile(`The front end +(http://localhost:\d+)\n`)
	printedAPI      = regexp.MustCompile(`Its backend +(http://localhost:\d+)/docs\n`)
	printedPassword = regexp.MustCompile(`The password +(\S+)\n`)
)

// exampleByMake: make example comes up on a machine with Go and Node.js, says where and who is admin, and ends at Ctrl-C
// with nothing left behind: no program, no folder.
func exampleByMake(t *testing.T) {
	folder := t.TempDir()
	command, said, ended := makeExample(t, folder)
	web, api, password := printed(said, printedWeb), printed(said, printedAPI), printed(said, printedPassword)
	if got := statusOf(t, web+"/"); got != http.StatusOK {
		t.Errorf("%s/ answers %d", web, got)
	}
	if got := statusOf(t, api+"/readyz"); got != http.StatusOK {
		t.Errorf("%s/readyz answers %d", api, got)
	}
	adminSignsIn(t, web, password)

	// As a terminal does it: to make and to all whom it started.
	if err := syscall.Kill(-command.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatalf("does not end:\n%s", said)
	}
	if text := said.String(); !strings.Contains(text, "stopping") || strings.Contains(text, "has stopped") {
		t.Errorf("did not end in good order:\n%s", text)
	}
	if statusOf(t, web+"/")+statusOf(t, api+"/readyz") != 0 {
		t.Error("something still listens")
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "countersign-example-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	nobodyIn(t, folder)
}

// nobodyIn waits until nothing runs any more with a folder as its TMPDIR: Next.js leaves a program that would send what it
// counted, were it allowed to, and that ends by itself.
func nobodyIn(t *testing.T, folder string) {
	t.Helper()
	for until := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		left := processesIn(folder)
		if len(left) == 0 {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("still running: %v", left)
		}
	}
}

// makeExample runs it until it has printed its address. Whatever it starts has the folder as its TMPDIR.
func makeExample(t *testing.T, folder string) (command *exec.Cmd, said *buffer, ended <-chan struct{}) {
	t.Helper()
	command, said = exec.Command("make", "-s", "example"), &buffer{}
	command.Dir, command.Stdout, command.Stderr = "..", said, said
	command.Env = append(os.Environ(), "TMPDIR="+folder, "DATABASE_URL=", "BETTER_AUTH_SECRET=")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		need.Missing(t, "make", err)
	}
	end := make(chan struct{})
	go func() {
		_ = command.Wait() // by the signal
		close(end)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGTERM)
		<-end
	})
	for until := time.Now().Add(5 * time.Minute); printed(said, printedPassword) == ""; {
		select {
		case <-end:
			t.Fatalf("ended by itself:\n%s", said)
		case <-time.After(50 * time.Millisecond):
			if time.Now().After(until) {
				t.Fatalf("does not come up:\n%s", said)
			}
		}
	}
	return command, said, end
}

func printed(said *buffer, what *regexp.Regexp) string {
	if found := what.FindStringSubmatch(said.String()); found != nil {
		return found[1]
	}
	return ""
}

// adminSignsIn does so through Next.js, whose session Countersign then has to know.
func adminSignsIn(t *testing.T, web, password string) {
	t.Helper()
	body := fmt.Sprintf(`{"email":"admin@example.com","password":%q}`, password)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, web+"/api/auth/sign-in/email", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", web)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK || len(a.Cookies()) == 0 {
		t.Errorf("the admin signs in: %s", a.Status)
	}
}

// processesIn are the command lines of those that run with a folder as their TMPDIR; where there is no /proc, none.
func processesIn(folder string) (left []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range all {
		env, err := os.ReadFile(path)
		if err == nil && bytes.Contains(env, []byte("TMPDIR="+folder+"\x00")) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
			left = append(left, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return left
}
