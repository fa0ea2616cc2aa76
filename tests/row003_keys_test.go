package tests

import (
	"strings"
	"testing"
)

// Each key checks by its own algorithm and only what is signed with it.
func TestRow003_KeyAndAlgorithm(t *testing.T) {
	t.Parallel()
	onEachWithKeys(t, func(t *testing.T, s *server, endpoint *keyServer) {
		user := s.user(t, "")
		keys := map[string]*pluginKey{}
		var published []any
		for _, alg := range []string{"EdDSA", "Ed25519", "ES256", "ES512", "RS256", "PS256"} {
			keys[alg] = newPluginKey(t, alg, "kid-"+alg)
			published = append(published, keys[alg])
		}
		endpoint.publish(t, published...)
		for alg, k := range keys {
			if status := s.status(t, bearer(k.token(t, s, user))); status != 200 {
				t.Errorf("%s: the good token gets %d", alg, status)
			}
		}
		payload := pluginPayload(s, user)
		tokens := map[string]string{}
		for alg, victim := range keys {
			other := newPluginKey(t, alg, victim.kid)
			tokens["another key under the kid of "+alg] = other.token(t, s, user)
			for headerAlg := range keys {
				if headerAlg != alg {
					header := `{"alg":"` + headerAlg + `","kid":"` + victim.kid + `"}`
					tokens["header "+headerAlg+" on a key of "+alg] = victim.sign(t, header, payload)
					tokens["signed as "+headerAlg+" under the kid of "+alg] = keys[headerAlg].sign(t, header, payload)
				}
			}
			good := victim.token(t, s, user)
			tokens[alg+" cut"] = good[:len(good)-4]
			tokens[alg+" no signature"] = good[:strings.LastIndexByte(good, '.')+1]
			tokens[alg+" alg none"] = victim.sign(t, `{"alg":"none","kid":"`+victim.kid+`"}`, payload)
			tokens[alg+" alg in another case"] = victim.sign(t, `{"alg":"`+strings.ToLower(alg)+`","kid":"`+victim.kid+`"}`, payload)
			tokens[alg+" claims changed"] = strings.Split(good, ".")[0] + "." + segment(pluginPayload(s, s.user(t, "admin"))) + "." + strings.Split(good, ".")[2]
		}
		s.refuses(t, tokens)
	})
}
