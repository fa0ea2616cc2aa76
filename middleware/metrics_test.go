package middleware

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"countersign/auth"
	"countersign/models"
)

func TestCredentials(t *testing.T) { // not parallel: it counts allocations
	registry := prometheus.NewRegistry()
	seen := Credentials(registry)
	seen.Accepted(auth.SessionCookie)
	seen.Refused(auth.SessionCookie, "the session is not there: signed out, revoked, or of another database")
	seen.Unchecked(auth.APIKey, models.RateLimited(1))
	seen.Unchecked(auth.PluginJWT, models.KeysUnavailable(errors.New("text of somebody else's")))
	seen.Unchecked(auth.PluginJWT, errors.New("text of somebody else's"))
	seen.Unchecked(auth.SessionToken, models.StoreUnavailable(fmt.Errorf("asked: %w", context.Canceled)))
	want := `# HELP countersign_credentials_total Credentials that were looked at, by kind, outcome (accepted, refused, unchecked) and reason.
# TYPE countersign_credentials_total counter
countersign_credentials_total{credential="api_key",outcome="refused",reason="its quota or rate is spent"} 1
countersign_credentials_total{credential="plugin_jwt",outcome="unchecked",reason="could not be asked"} 2
countersign_credentials_total{credential="session_cookie",outcome="accepted",reason=""} 1
countersign_credentials_total{credential="session_cookie",outcome="refused",reason="the session is not there"} 1
countersign_credentials_total{credential="session_token",outcome="unchecked",reason="the client has gone"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	if n := testing.AllocsPerRun(100, func() { seen.Accepted(auth.SessionCookie) }); n > 0 {
		t.Errorf("%v allocations for a credential that holds", n)
	}
}
