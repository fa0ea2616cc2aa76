package models

import "time"

// APIKey is a row of the table of Better Auth's plugin @better-auth/api-key. Intervals and windows are in
// milliseconds. What is nil is not limited; Enabled and RateLimitEnabled are true where they are nil.
type APIKey struct {
	ID string
	// Key is the hash of the key and not the key: SHA-256 in base64url without padding.
	Key Secret
	// ReferenceID is the user's id, or an organization's where the plugin is configured so: the row does not
	// say which. Older versions call the column userId.
	ReferenceID string
	Enabled     *bool
	ExpiresAt   *time.Time
	// Permissions is JSON text: lists of actions by resource.
	Permissions         *string
	Remaining           *int64
	RefillInterval      *int64
	RefillAmount        *int64
	LastRefillAt        *time.Time
	RateLimitEnabled    *bool
	RateLimitTimeWindow *int64
	RateLimitMax        *int64
	RequestCount        *int64
	LastRequest         *time.Time
	CreatedAt           time.Time
	UpdatedAt           time.Time
}

// never stands for the wait of a quota that nothing refills: a program that waits so long does no harm.
const never = 24 * time.Hour

// tick is by how much an interval must have passed for it to be over.
const tick = time.Millisecond

// Disabled says whether somebody has switched the key off.
func (k *APIKey) Disabled() bool { return k.Enabled != nil && !*k.Enabled }

// ExpiredAt says whether the key is over at a moment; at its very end it is not, as Better Auth has it.
func (k *APIKey) ExpiredAt(now time.Time) bool { return k.ExpiresAt != nil && now.After(*k.ExpiresAt) }

// Unlimited says whether somebody has switched the key's rate limit off.
func (k *APIKey) Unlimited() bool { return k.RateLimitEnabled != nil && !*k.RateLimitEnabled }

// Limited says whether uses of the key are counted in a window.
func (k *APIKey) Limited() bool {
	return !k.Unlimited() && k.RateLimitTimeWindow != nil && k.RateLimitMax != nil
}

// Refills says whether the quota is filled up again.
func (k *APIKey) Refills() bool {
	return k.RefillInterval != nil && k.RefillAmount != nil && *k.RefillInterval != 0 && *k.RefillAmount != 0
}

// RefillBefore is the moment before which the quota must last have been filled for a refill to be due now.
// The key must be one that refills.
func (k *APIKey) RefillBefore(now time.Time) time.Time { return before(now, *k.RefillInterval) }

// WindowStart is the moment before which the last use must have been for a new window to begin now. The key
// must be limited.
func (k *APIKey) WindowStart(now time.Time) time.Time { return before(now, *k.RateLimitTimeWindow) }

// before is a moment some milliseconds ago, no earlier than 1970.
func before(now time.Time, millis int64) time.Time {
	return time.UnixMilli(now.UnixMilli() - min(max(millis, 0), now.UnixMilli())).UTC()
}

// CheckUse says whether one more use is within the key's quota and window, as Better Auth counts them:
// KeyQuotaExceeded, KeyRateLimited. A window ends when the key was not used for its length.
func (k *APIKey) CheckUse(now time.Time) error {
	if k.Remaining != nil && *k.Remaining <= 0 {
		if wait := k.untilRefill(now); wait > 0 {
			return KeyQuotaExceeded(wait)
		}
	}
	if k.Limited() && k.LastRequest != nil && k.RequestCount != nil && *k.RequestCount >= *k.RateLimitMax {
		if wait := k.LastRequest.Sub(k.WindowStart(now)) + tick; wait > 0 {
			return KeyRateLimited(wait)
		}
	}
	return nil
}

// untilRefill is nothing or less when a refill is due.
func (k *APIKey) untilRefill(now time.Time) time.Duration {
	switch {
	case !k.Refills():
		return never
	case k.LastRefillAt != nil:
		return k.LastRefillAt.Sub(k.RefillBefore(now)) + tick
	}
	return k.CreatedAt.Sub(k.RefillBefore(now)) + tick
}

// KeyQuotaExceeded says that an API key may not be used again before it is refilled.
func KeyQuotaExceeded(wait time.Duration) *Error {
	return &Error{Kind: TooManyRequests, Code: "quota_exceeded", Detail: "The quota of this API key is spent", RetryAfter: wait}
}

// KeyRateLimited says that an API key was used too often.
func KeyRateLimited(wait time.Duration) *Error {
	return &Error{Kind: TooManyRequests, Code: "rate_limited", Detail: "This API key was used too often, try again later", RetryAfter: wait}
}

// PermissionRequired says that an API key may not do something.
func PermissionRequired(resource, action string) *Error {
	return &Error{Kind: Forbidden, Code: "permission_required", Detail: "Required permission: " + action + " on " + resource}
}

// Organization is a row of Better Auth's organization plugin. It is read for its id only: an API key may
// belong to one, and with ids that are numbers a user may have the same.
type Organization struct {
	ID string
	// Slug tells the plugin's table from one of the application's own with the same name.
	Slug string
}
