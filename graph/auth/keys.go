package auth

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

const (
	// keysFresh is the age at which keys are fetched anew; those at hand serve meanwhile.
	keysFresh = 15 * time.Minute
	// keysUsable is the age beyond which keys no longer count: a key that the issuer has withdrawn
	// must not live on because the issuer cannot be reached.
	keysUsable = 24 * time.Hour
	// fetchPause is the shortest time between two fetches, so that tokens with invented key ids
	// do not become requests to the issuer.
	fetchPause = 10 * time.Second
	// fetchTimeout bounds one request to the issuer.
	fetchTimeout = 5 * time.Second
)

// keySet holds the issuer's current keys. They are fetched when first needed, when they have
// grown old, and when a token names a key that is not among them: the issuer may have changed keys.
type keySet struct {
	source source
	log    *slog.Logger
	now    func() time.Time

	current atomic.Pointer[fetchedKeys]
	// fetching is held during a fetch, and guards tried.
	fetching sync.Mutex
	tried    time.Time
}

type fetchedKeys struct {
	find keyfunc.Keyfunc
	at   time.Time
}

func newKeySet(cfg Config) (*keySet, error) {
	src, err := newSource(cfg.Issuer, cfg.Client)
	if err != nil {
		return nil, err
	}
	return &keySet{source: src, log: cfg.Logger, now: cfg.Now}, nil
}

// key returns the public key that the token names.
func (k *keySet) key(ctx context.Context, t *jwt.Token) (any, error) {
	if id, _ := t.Header["kid"].(string); id == "" {
		return nil, refused("the token names no key")
	}
	keys := k.current.Load()
	switch age := k.age(keys); {
	case age >= keysUsable:
		keys = k.refresh(ctx, keys)
	case age >= keysFresh && k.fetching.TryLock():
		// One caller fetches; the others go on with the keys at hand.
		keys = k.fetch(ctx)
		k.fetching.Unlock()
	}
	found, err := k.find(ctx, keys, t)
	if errors.Is(err, jwkset.ErrKeyNotFound) {
		found, err = k.find(ctx, k.refresh(ctx, keys), t)
	}
	if errors.Is(err, jwkset.ErrKeyNotFound) {
		return nil, refused("the token's key is not known")
	}
	return found, err
}

func (k *keySet) age(keys *fetchedKeys) time.Duration {
	if keys == nil {
		return keysUsable
	}
	return k.now().Sub(keys.at)
}

func (k *keySet) find(ctx context.Context, keys *fetchedKeys, t *jwt.Token) (any, error) {
	if k.age(keys) >= keysUsable {
		return nil, errUnavailable
	}
	return keys.find.KeyfuncCtx(ctx)(t)
}

// refresh fetches the keys, unless another caller has done so since they were seen.
func (k *keySet) refresh(ctx context.Context, seen *fetchedKeys) *fetchedKeys {
	k.fetching.Lock()
	defer k.fetching.Unlock()
	if now := k.current.Load(); now != seen {
		return now
	}
	return k.fetch(ctx)
}

// fetch asks the issuer, at most once per fetchPause, and returns the keys then current. The
// caller holds fetching. A caller that goes away does not spoil the fetch for the others.
func (k *keySet) fetch(ctx context.Context) *fetchedKeys {
	now := k.now()
	if !k.tried.IsZero() && now.Sub(k.tried) < fetchPause {
		return k.current.Load()
	}
	k.tried = now
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*fetchTimeout)
	defer cancel()
	find, err := k.source.fetch(ctx)
	if err != nil {
		k.log.WarnContext(ctx, "the issuer's keys could not be fetched", "issuer", k.source.issuer, "error", err)
		return k.current.Load()
	}
	fetched := &fetchedKeys{find: find, at: now}
	k.current.Store(fetched)
	return fetched
}
