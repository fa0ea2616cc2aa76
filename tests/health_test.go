package tests

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What a container's health check runs: 0 for the program that runs, and with --ready for the one that can serve.
func TestHealthOfTheProgram(t *testing.T) {
	t.Parallel()
	url := databases["sqlite"](t)
	start(t, url) // makes the tables
	for _, c := range []struct {
		name, database string
		ready          int
		says           string
	}{
		{"well", url, 0, ""},
		// In production nobody migrates at the start: the process runs, and cannot serve.
		{"away", "postgres://nobody@127.0.0.1:1/none", 1, "/readyz answers 503; the log of the program says why"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at := serve(t, "DATABASE_URL="+c.database)
			_, port, _ := net.SplitHostPort(strings.TrimPrefix(at, "http://"))
			// An HTTP_PROXY, which nobody should ask for a way to this machine.
			env := []string{"PORT=" + port, "BETTER_AUTH_SECRET=" + testSecret, "HTTP_PROXY=http://127.0.0.1:1"}
			for _, host := range []string{"", "localhost", "127.0.0.1", "0.0.0.0"} {
				said, code := tell(t, "", "health", append(env, "HOST="+host)...)
				says(t, said, code, 0)
			}
			said, code := tell(t, "", "health --ready", env...)
			says(t, said, code, c.ready, c.says)
		})
	}
}

func TestHealthOfNobody(t *testing.T) {
	t.Parallel()
	said, code := tell(t, "", "health", "PORT=1")
	says(t, said, code, 1, "http://127.0.0.1:1/healthz does not answer")
	said, code = tell(t, "", "health", "PORT=0")
	says(t, said, code, 1, "set PORT")
	said, code = tell(t, "", "health", "PORT=x")
	says(t, said, code, 2, "PORT")

	moved := httptest.NewServer(http.RedirectHandler("/", http.StatusFound))
	defer moved.Close()
	_, port, _ := net.SplitHostPort(moved.Listener.Addr().String())
	said, code = tell(t, "", "health", "PORT="+port)
	says(t, said, code, 1, "answers 302")
}
