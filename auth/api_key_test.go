package auth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"countersign/models"
)

// apiKeyStub answers with one key, and counts how often a use is counted.
type apiKeyStub struct {
	key            models.APIKey
	user           *models.User
	found, counted error
	asked          models.Secret
	uses           int
}

func (s *apiKeyStub) ByHash(_ context.Context, hash models.Secret) (*models.APIKey, *models.User, error) {
	s.asked = hash
	return &s.key, s.user, s.found
}

func (s *apiKeyStub) Count(context.Context, *models.APIKey, time.Time) error {
	s.uses++
	return s.counted
}

func apiKeyRequest(keys ...string) *http.Request {
	r, _ := http.NewRequest(http.MethodGet, "/?x-api-key=cs_query&apiKey=cs_query", nil)
	for _, k := range keys {
		r.Header.Add("x-api-key", k)
	}
	return r
}

// The hash is checked against what the real plugin stored.
func TestAPIKeyHashIsBetterAuths(t *testing.T) {
	text, err := os.ReadFile("../tests/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		APIKey struct {
			Key    string
			Stored string `json:"stored_key"`
		} `json:"api_key"`
	}
	if err := json.Unmarshal(text, &vectors); err != nil || vectors.APIKey.Key == "" {
		t.Fatal(err, "no vectors")
	}
	if got := hashAPIKey(vectors.APIKey.Key).Reveal(); got != vectors.APIKey.Stored {
		t.Errorf("%s, want %s", got, vectors.APIKey.Stored)
	}
}

func TestAPIKeyVerifier(t *testing.T) {
	now, yes, no := time.Now(), true, false
	past, ada := now.Add(-time.Second), &models.User{ID: "ada"}
	away := models.StoreUnavailable(errors.New("away"))
	spent := models.KeyQuotaExceeded(time.Minute)
	for name, c := range map[string]struct {
		store   apiKeyStub
		keys    []string
		refused string // part of the reason
		err     error
		uses    int
	}{
		"none":                  {apiKeyStub{}, nil, "", ErrAbsent, 0},
		"empty":                 {apiKeyStub{}, []string{""}, "", ErrAbsent, 0},
		"two":                   {apiKeyStub{user: ada}, []string{"cs_a", "cs_a"}, "two keys", nil, 0},
		"too long":              {apiKeyStub{user: ada}, []string{strings.Repeat("k", 513)}, "too long", nil, 0},
		"unknown":               {apiKeyStub{found: models.ErrNotFound}, []string{"cs_a"}, "no such key", nil, 0},
		"disabled":              {apiKeyStub{user: ada, key: models.APIKey{Enabled: &no}}, []string{"cs_a"}, "disabled", nil, 0},
		"expired":               {apiKeyStub{user: ada, key: models.APIKey{ExpiresAt: &past}}, []string{"cs_a"}, "expired", nil, 0},
		"nobody's":              {apiKeyStub{}, []string{"cs_a"}, "organization", nil, 0},
		"disabled and nobody's": {apiKeyStub{key: models.APIKey{Enabled: &no}}, []string{"cs_a"}, "disabled", nil, 0},
		"store away":            {apiKeyStub{found: away}, []string{"cs_a"}, "", away, 0},
		"good":                  {apiKeyStub{user: ada}, []string{"cs_a"}, "", nil, 1},
		"of a banned user":      {apiKeyStub{user: &models.User{ID: "ada", Banned: &yes}, counted: spent}, []string{"cs_a"}, "", nil, 0},
		"spent":                 {apiKeyStub{user: ada, counted: spent}, []string{"cs_a"}, "", spent, 1},
		"deleted meanwhile":     {apiKeyStub{user: ada, counted: models.ErrNotFound}, []string{"cs_a"}, "deleted", nil, 1},
		"store away meanwhile":  {apiKeyStub{user: ada, counted: away}, []string{"cs_a"}, "", away, 1},
	} {
		t.Run(name, func(t *testing.T) {
			v := &APIKeyVerifier{Keys: &c.store, Clock: func() time.Time { return now }}
			p, err := v.Verify(t.Context(), apiKeyRequest(c.keys...))
			var refusal *Refusal
			switch errors.As(err, &refusal); {
			case c.refused != "":
				if refusal == nil || refusal.Method != APIKey || !strings.Contains(refusal.Reason, c.refused) {
					t.Errorf("%v, want a refusal: %s", err, c.refused)
				}
			case !errors.Is(err, c.err) || (c.err != nil) != (p == nil):
				t.Errorf("%v, %v, want %v", p, err, c.err)
			case p != nil && (p.Method != APIKey || p.User.ID != "ada" || p.Session != nil):
				t.Errorf("%+v", p)
			}
			if c.store.uses != c.uses {
				t.Errorf("counted %d uses, want %d", c.store.uses, c.uses)
			}
		})
	}
}
