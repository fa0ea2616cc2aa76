package tests

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// A token does not get to say where its key is, or to bring it.
func TestRow005_KeysInHeaders(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user, good, evil := s.user(t, ""), newPluginKey(t, "EdDSA", "good"), newPluginKey(t, "EdDSA", "evil")
		endpoint.publish(t, good)
		var asked atomic.Int64
		listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			_, _ = w.Write([]byte(keySet(t, evil)))
		}))
		t.Cleanup(listener.Close)
		jwk, _ := json.Marshal(evil.jwk(t))
		tokens := map[string]string{}
		for name, member := range map[string]string{
			"jku": `"jku":"` + listener.URL + `"`, "x5u": `"x5u":"` + listener.URL + `"`, "jwk": `"jwk":` + string(jwk), "x5c": `"x5c":["MIIB"]`,
		} {
			for _, kid := range []string{"evil", "good", listener.URL} {
				header := `{"alg":"EdDSA","kid":"` + kid + `",` + member + `}`
				tokens[name+" under "+kid] = evil.sign(t, header, pluginPayload(s, user))
				tokens[name+" well signed under "+kid] = good.sign(t, header, pluginPayload(s, user))
				tokens[name+" HS256 "+kid] = hs256(testSecret, `{"alg":"HS256","kid":"`+kid+`",`+member+`}`, pluginPayload(s, user, `,"type":"access"`))
			}
		}
		s.refuses(t, tokens)
		if n := asked.Load(); n != 0 {
			t.Errorf("%d connections to where a token pointed", n)
		}
		if status := s.status(t, bearer(good.token(t, s, user))); status != 200 {
			t.Errorf("the good token: %d", status)
		}
	})
}
