package auth

import (
	"context"
	"errors"
	"sync"
	"time"

	"countersign/models"
)

// keyAge is how long a key of the database is known without asking again: a key that was deleted there for
// having leaked is refused after that time at the latest.
const keyAge = time.Minute

// errUnknownKey says that a key is nowhere to be found, and that everybody who could know was asked.
var errUnknownKey = errors.New("no key with this kid")

// KeyTable finds public keys in the shared database.
type KeyTable interface {
	// ByID answers models.ErrNotFound when there is no such key, or no table of keys.
	ByID(ctx context.Context, id string) (*models.JWK, error)
}

// Keys are the public keys that Better Auth's JWT plugin signs with: from the shared database, with no HTTP at
// all, else from where Better Auth publishes them.
type Keys struct {
	Table KeyTable
	// Remote is nil when nobody publishes keys.
	Remote *RemoteKeys
	Clock  func() time.Time

	mu    sync.Mutex
	known map[string]knownKey
}

type knownKey struct {
	*publicKey
	at time.Time
}

// find gives the key with an id and waits for it where it must be fetched. errUnknownKey when it does not
// exist, models.KeysUnavailable or the store's error when that could not be asked.
func (k *Keys) find(ctx context.Context, id string) (*publicKey, error) {
	key, err := k.atHand(ctx, id)
	if !errors.Is(err, errUnknownKey) || k.Remote == nil {
		return key, err
	}
	return k.Remote.fetched(ctx, id)
}

// findSoon is find for who has another way: a key that must be fetched first is fetched for the next request.
func (k *Keys) findSoon(ctx context.Context, id string) (*publicKey, error) {
	key, err := k.atHand(ctx, id)
	if errors.Is(err, errUnknownKey) && k.Remote != nil {
		k.Remote.prepare(id)
	}
	return key, err
}

// atHand gives a key that is known or in the database.
func (k *Keys) atHand(ctx context.Context, id string) (*publicKey, error) {
	if key := k.remembered(id); key != nil {
		return key, nil
	}
	if k.Remote != nil {
		if key := k.Remote.get(id); key != nil {
			return key, nil
		}
	}
	row, err := k.Table.ByID(ctx, id)
	if errors.Is(err, models.ErrNotFound) || err == nil && !row.PublishedAt(k.Clock()) {
		return nil, errUnknownKey
	} else if err != nil {
		return nil, err
	}
	algorithm := ""
	if row.Alg != nil {
		algorithm = *row.Alg
	}
	_, key, reason := parseJWK([]byte(row.PublicKey), algorithm)
	if reason != "" {
		return nil, errUnknownKey // an RSA key without its algorithm, say, which the endpoint names
	}
	k.remember(id, key)
	return key, nil
}

func (k *Keys) remembered(id string) *publicKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.known[id]
	if !ok || k.Clock().Sub(key.at) >= keyAge {
		return nil
	}
	return key.publicKey
}

func (k *Keys) remember(id string, key *publicKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known == nil || len(k.known) >= maxKeys {
		k.known = map[string]knownKey{}
	}
	k.known[id] = knownKey{key, k.Clock()}
}
