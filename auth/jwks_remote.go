package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"countersign/models"
)

const (
	// keysTimeout bounds one fetch of the keys, in which a request may be waiting.
	keysTimeout = 2 * time.Second
	// maxKeysBody bounds the endpoint's answer, in bytes.
	maxKeysBody = 1 << 20
	// keysCoolDown is how long no key is asked for again after one was not found: who sends made-up kids must
	// not make us flood Better Auth. A fetch that found its key starts none, so that a key that Better Auth
	// made a moment ago is known at once.
	keysCoolDown = 30 * time.Second
	// keysRetry is the same after the endpoint failed.
	keysRetry = 5 * time.Second
	// keysAge is how long fetched keys are used before they are fetched again, beside the requests.
	keysAge = 10 * time.Minute
)

// ErrNoKeys says that nothing is published where the keys should be: Better Auth has no JWT plugin there.
var ErrNoKeys = errors.New("the answer has the status 404")

// RemoteKeys are the keys that Better Auth publishes (GET /api/auth/jwks). A key that is known is never waited
// for; keys are kept for as long as the endpoint fails or answers something else.
type RemoteKeys struct {
	url    string
	client *http.Client
	clock  func() time.Time
	log    *slog.Logger

	set atomic.Pointer[keySet]
	// next is when a fetch may follow the last one, in milliseconds.
	next atomic.Int64
	// flight lets many waiting requests share one fetch; failed is touched by the fetch only.
	flight singleflight.Group
	failed error
}

type keySet struct {
	keys map[string]*publicKey
	at   time.Time
}

// NewRemoteKeys makes them without asking for any; nil when there is nowhere to ask.
func NewRemoteKeys(url string, clock func() time.Time, log *slog.Logger) *RemoteKeys {
	if url == "" {
		return nil
	}
	// A redirect could lead anywhere, into our own network say.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &RemoteKeys{url: url, client: &http.Client{CheckRedirect: stay}, clock: clock, log: log}
}

// Through makes fetches go through a transport; nil is the usual one. Remote keys that are nil stay so.
func (r *RemoteKeys) Through(t http.RoundTripper) *RemoteKeys {
	if r != nil {
		r.client.Transport = t
	}
	return r
}

// get gives a key that is known. Keys of some age are used and fetched again for the next request.
func (r *RemoteKeys) get(id string) *publicKey {
	set := r.set.Load()
	if set == nil || set.keys[id] == nil {
		return nil
	}
	if r.clock().Sub(set.at) >= keysAge {
		r.prepare(id)
	}
	return set.keys[id]
}

// prepare fetches a key for the next request.
func (r *RemoteKeys) prepare(id string) {
	if r.due() {
		r.refresh(context.Background(), id)
	}
}

// due says whether the pause after the last fetch is over.
func (r *RemoteKeys) due() bool { return r.clock().UnixMilli() >= r.next.Load() }

func (r *RemoteKeys) pause(d time.Duration) { r.next.Store(r.clock().Add(d).UnixMilli()) }

// fetched gives a key after a fetch, its own or one that was under way; errUnknownKey, models.KeysUnavailable.
func (r *RemoteKeys) fetched(ctx context.Context, id string) (*publicKey, error) {
	select {
	case done := <-r.refresh(ctx, id):
		if set := r.set.Load(); set != nil && set.keys[id] != nil {
			return set.keys[id], nil
		}
		if done.Err != nil {
			return nil, models.KeysUnavailable(done.Err)
		}
		return nil, errUnknownKey
	case <-ctx.Done():
		return nil, models.KeysUnavailable(ctx.Err())
	}
}

// refresh fetches the keys because one is wanted, unless that was tried a moment ago. The fetch outlives a
// request that gives up: others may be waiting for it. It is in the trace of the one that began it.
func (r *RemoteKeys) refresh(ctx context.Context, id string) <-chan singleflight.Result {
	return r.flight.DoChan("", func() (any, error) {
		if !r.due() {
			return nil, r.failed
		}
		set, err := r.fetch(context.WithoutCancel(ctx))
		r.failed = err
		switch {
		case err != nil:
			r.pause(keysRetry)
			r.log.Warn("the signing keys could not be fetched, those known stay in use", "error", err.Error())
			return nil, err
		case set.keys[id] == nil:
			r.pause(keysCoolDown)
		}
		r.set.Store(set)
		return nil, nil
	})
}

// Check fetches the keys for who wants to know whether that works, and gives how many can be used.
func (r *RemoteKeys) Check() (int, error) {
	set, err := r.fetch(context.Background())
	if err != nil {
		return 0, err
	}
	return len(set.keys), nil
}

func (r *RemoteKeys) fetch(ctx context.Context) (*keySet, error) {
	ctx, cancel := context.WithTimeout(ctx, keysTimeout)
	defer cancel()
	text, err := r.read(ctx)
	if err != nil {
		var from *url.Error
		if errors.As(err, &from) {
			err = from.Err // without the URL, which may have a key in its query
		}
		return nil, fmt.Errorf("BETTER_AUTH_JWKS_URL: %w", err)
	}
	keys, skipped, reason, err := parseJWKSet(text)
	if err != nil {
		return nil, fmt.Errorf("BETTER_AUTH_JWKS_URL: %w", err)
	}
	r.log.Info("signing keys fetched", "keys", len(keys), "skipped", skipped, "because", reason)
	return &keySet{keys, r.clock()}, nil
}

// read gives the endpoint's answer when it is a good one.
func (r *RemoteKeys) read(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	answer, err := r.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode == http.StatusNotFound {
		return nil, ErrNoKeys
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer has the status %d", answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxKeysBody+1))
	if err == nil && len(text) > maxKeysBody {
		err = fmt.Errorf("the answer is larger than %d bytes", maxKeysBody)
	}
	return text, err
}
