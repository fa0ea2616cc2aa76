package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/models"
)

// answers is a verifier that always gives one answer and notes that it was asked.
type answers struct {
	name  string
	who   *Principal
	err   error
	asked *[]string
}

func (a answers) Verify(context.Context, *http.Request) (*Principal, error) {
	*a.asked = append(*a.asked, a.name)
	return a.who, a.err
}

func (answers) Kind() Method { return SessionCookie }

// Absent, refused, could not be checked and holds are four answers, and only the last two end the search.
func TestChain(t *testing.T) {
	down := errors.New("the database is away")
	var asked []string
	ann, ben := &Principal{User: models.User{ID: "ann"}}, &Principal{User: models.User{ID: "ben"}}
	absent, refused := answers{"absent", nil, ErrAbsent, &asked}, answers{"refused", nil, &Refusal{AccessToken, "expired"}, &asked}
	wrapped := answers{"wrapped", nil, fmt.Errorf("more: %w", &Refusal{AccessToken, "expired"}), &asked}
	away, isAnn, isBen := answers{"away", nil, down, &asked}, answers{"ann", ann, nil, &asked}, answers{"ben", ben, nil, &asked}
	for _, c := range []struct {
		name  string
		chain []answers
		who   *Principal
		err   error
		asked string
	}{
		{"no verifiers", nil, nil, ErrAbsent, ""},
		{"nothing there", []answers{absent, absent}, nil, ErrAbsent, "absent absent"},
		{"nothing that holds", []answers{refused, wrapped, absent}, nil, ErrAbsent, "refused wrapped absent"},
		{"a stale one beside a good one", []answers{refused, isAnn, isBen}, ann, nil, "refused ann"},
		{"the first that holds decides", []answers{absent, isBen, isAnn}, ben, nil, "absent ben"},
		{"one that cannot be checked is not passed over", []answers{refused, away, isAnn}, nil, down, "refused away"},
		{"what holds is not asked about again", []answers{isAnn, away}, ann, nil, "ann"},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked = nil
			chain := &Chain{Log: slog.New(slog.DiscardHandler)}
			for _, v := range c.chain {
				chain.Verifiers = append(chain.Verifiers, v)
			}
			who, err := chain.Verify(t.Context(), httptest.NewRequest(http.MethodGet, "/", nil))
			if who != c.who || !errors.Is(err, c.err) || strings.Join(asked, " ") != c.asked {
				t.Errorf("%v, %v after asking %q; want %v, %v after %q", who, err, asked, c.who, c.err, c.asked)
			}
		})
	}
}

func TestChainLogsRefusals(t *testing.T) {
	var log bytes.Buffer
	var asked []string
	chain := &Chain{
		Verifiers: []OneKind{answers{"", nil, &Refusal{SessionCookie, "value too long"}, &asked}},
		Log:       slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	_, _ = chain.Verify(t.Context(), httptest.NewRequest(http.MethodGet, "/", nil))
	if !strings.Contains(log.String(), "method=session_cookie") || !strings.Contains(log.String(), `reason="value too long"`) {
		t.Error(log.String())
	}
}

// store is one session of one user; err is its answer instead. It counts how often it is asked.
type store struct {
	user    *models.User
	session *models.Session
	err     error
	asked   int
}

func (s *store) ByToken(_ context.Context, token models.Secret) (*models.Session, *models.User, error) {
	s.asked++
	if s.err == nil && (s.session == nil || token != s.session.Token) {
		return nil, nil, models.ErrNotFound
	}
	return s.session, s.user, s.err
}

func (s *store) WithUser(_ context.Context, userID, sessionID string) (*models.User, *models.Session, error) {
	s.asked++
	if s.err == nil && (s.user == nil || userID != s.user.ID) {
		return nil, nil, models.ErrNotFound
	}
	if s.session != nil && s.session.ID == sessionID {
		return s.user, s.session, s.err
	}
	return s.user, nil, s.err
}

// verifiers are all there are, over one store, by the header line that each is for.
func verifiers(t *testing.T, s *store) map[string]struct {
	Verifier
	line string
} {
	t.Helper()
	clock := func() time.Time { return jwtNow }
	sessions := &Sessions{Find: s, Clock: clock}
	jwt := forge(t, "HS256", goodHeader, `{"sub":"ann","type":"access","exp":1800000060,"sid":"sid"}`)
	return map[string]struct {
		Verifier
		line string
	}{
		"cookie":        {&CookieVerifier{"name", testSecret, sessions}, "Cookie: name=" + sign(testSecret, "token")},
		"bare token":    {&TokenVerifier{testSecret, sessions}, "Authorization: Bearer token"},
		"signed token":  {&TokenVerifier{testSecret, sessions}, "Authorization: Bearer " + sign(testSecret, "token")},
		"access token":  {&AccessTokenVerifier{"HS256", testSecret, s, clock}, "Authorization: Bearer " + jwt},
		"without a sid": {&AccessTokenVerifier{"HS256", testSecret, s, clock}, "Authorization: Bearer " + forge(t, "HS256", goodHeader, `{"sub":"ann","type":"access","exp":1800000060}`)},
	}
}

func request(line string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	name, value, _ := strings.Cut(line, ": ")
	if name != "" {
		r.Header[name] = []string{value}
	}
	return r
}

// Each credential's four answers, for the same states of the store.
func TestVerifiersAnswers(t *testing.T) {
	down := models.StoreUnavailable(errors.New("refused"))
	yes := true
	live := &models.Session{ID: "sid", Token: "token", UserID: "ann", ExpiresAt: jwtNow.Add(time.Millisecond)}
	over := &models.Session{ID: "sid", Token: "token", UserID: "ann", ExpiresAt: jwtNow}
	ann, banned := &models.User{ID: "ann"}, &models.User{ID: "ann", Banned: &yes}
	for _, c := range []struct {
		name  string
		store store
		// holds are the credentials that hold; with unchecked, every other could not be checked, else it is refused.
		holds     []string
		unchecked bool
	}{
		{"there", store{user: ann, session: live}, []string{"cookie", "bare token", "signed token", "access token", "without a sid"}, false},
		{"over", store{user: ann, session: over}, []string{"without a sid"}, false},
		{"no session", store{user: ann}, []string{"without a sid"}, false},
		{"no user", store{}, nil, false},
		{"banned, session there", store{user: banned, session: live}, []string{"cookie", "bare token", "signed token", "access token", "without a sid"}, false},
		{"banned, session gone", store{user: banned}, []string{"access token", "without a sid"}, false},
		{"away", store{err: down}, nil, true},
	} {
		for name, v := range verifiers(t, &c.store) {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				who, err := v.Verify(t.Context(), request(v.line))
				var refusal *Refusal
				switch holds := slices.Contains(c.holds, name); {
				case holds && (err != nil || who.User.ID != "ann"):
					t.Errorf("%v, want ann", err)
				case !holds && who != nil:
					t.Errorf("%+v, want nobody", who)
				case !holds && c.unchecked != errors.Is(err, down), !holds && c.unchecked == errors.As(err, &refusal):
					t.Errorf("%v", err)
				}
				if _, err := v.Verify(t.Context(), request("")); !errors.Is(err, ErrAbsent) {
					t.Errorf("no credential: %v", err)
				}
			})
		}
	}
}

// What cannot hold costs no statement: only who has a signature can make the database work.
func TestVerifiersAskTheStoreLast(t *testing.T) {
	s := &store{}
	all := verifiers(t, s)
	for _, c := range []struct{ verifier, line string }{
		{"cookie", "Cookie: name=token"}, {"cookie", "Cookie: name=" + sign([]byte("another"), "token")}, {"cookie", "Cookie: __Secure-name=" + sign(testSecret, "token")},
		{"bare token", "Authorization: Bearer tok\x00en"}, {"bare token", "Authorization: Bearer " + strings.Repeat("a", 256)}, {"bare token", "Authorization: Bearer a.b.c"},
		{"signed token", "Authorization: Bearer " + sign([]byte("another"), "token")}, {"signed token", "Authorization: Bearer token."},
		{"access token", "Authorization: Bearer a.b.c"}, {"access token", "Authorization: Bearer " + forge(t, "HS256", goodHeader, `{"sub":"ann","type":"refresh","exp":1800000060}`)},
		{"access token", "Authorization: Bearer " + forge(t, "HS256", goodHeader, `{"sub":"ann","exp":1800000060}`)},
	} {
		if who, err := all[c.verifier].Verify(t.Context(), request(c.line)); who != nil || err == nil {
			t.Errorf("%s %q holds", c.verifier, c.line)
		}
	}
	if s.asked != 0 {
		t.Errorf("the store was asked %d times", s.asked)
	}
}
