package cmd

import (
	"context"
	"time"
)

// The first removal of what is past its end waits until the start is over, and each later one for an hour.
const firstPurge, purgeTime = time.Minute, time.Hour

// Purge removes what nobody will ask for again: refresh tokens past their end.
func (a *App) Purge(ctx context.Context) {
	purged, err := a.stores.purge(ctx)
	switch {
	case ctx.Err() != nil: // told to stop; the next start goes on
	case err != nil:
		a.log.ErrorContext(ctx, "refresh tokens past their end could not be removed; trying again in an hour", "error", err.Error())
	case purged > 0:
		a.log.InfoContext(ctx, "removed refresh tokens past their end", "count", purged)
	}
}

// purgeEach purges now and then until the context ends.
func (a *App) purgeEach(ctx context.Context) {
	for wait := firstPurge; ; wait = purgeTime {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			a.Purge(ctx)
		}
	}
}
