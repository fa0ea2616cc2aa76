package models

import (
	"errors"
	"math"
	"testing"
	"time"
)

func TestAPIKeyCheckUse(t *testing.T) {
	now := time.UnixMilli(1_795_000_000_000).UTC()
	ago := func(millis int64) *time.Time { at := time.UnixMilli(now.UnixMilli() - millis).UTC(); return &at }
	n := func(i int64) *int64 { return &i }
	no := false
	for name, c := range map[string]struct {
		key  APIKey
		code string
		wait time.Duration
	}{
		"no limits":                    {APIKey{}, "", 0},
		"one left":                     {APIKey{Remaining: n(1)}, "", 0},
		"none left":                    {APIKey{Remaining: n(0)}, "quota_exceeded", 24 * time.Hour},
		"fewer than none":              {APIKey{Remaining: n(-3)}, "quota_exceeded", 24 * time.Hour},
		"refill without an interval":   {APIKey{Remaining: n(0), RefillAmount: n(5)}, "quota_exceeded", 24 * time.Hour},
		"refill of nothing":            {APIKey{Remaining: n(0), RefillAmount: n(0), RefillInterval: n(1)}, "quota_exceeded", 24 * time.Hour},
		"refill due since creation":    {APIKey{Remaining: n(0), RefillAmount: n(5), RefillInterval: n(1000), CreatedAt: *ago(1001)}, "", 0},
		"refill due at the moment":     {APIKey{Remaining: n(0), RefillAmount: n(5), RefillInterval: n(1000), CreatedAt: *ago(1000)}, "quota_exceeded", time.Millisecond},
		"refill due since the last":    {APIKey{Remaining: n(0), RefillAmount: n(5), RefillInterval: n(1000), CreatedAt: *ago(9000), LastRefillAt: ago(400)}, "quota_exceeded", 601 * time.Millisecond},
		"refill every age of the moon": {APIKey{Remaining: n(0), RefillAmount: n(5), RefillInterval: n(math.MaxInt64), CreatedAt: *ago(0)}, "quota_exceeded", time.Duration(now.UnixMilli()+1) * time.Millisecond},
		"first use":                    {APIKey{RateLimitTimeWindow: n(1000), RateLimitMax: n(1), RequestCount: n(9)}, "", 0},
		"room in the window":           {APIKey{RateLimitTimeWindow: n(1000), RateLimitMax: n(2), RequestCount: n(1), LastRequest: ago(1)}, "", 0},
		"window full":                  {APIKey{RateLimitTimeWindow: n(1000), RateLimitMax: n(2), RequestCount: n(2), LastRequest: ago(300)}, "rate_limited", 701 * time.Millisecond},
		"window over at the moment":    {APIKey{RateLimitTimeWindow: n(1000), RateLimitMax: n(2), RequestCount: n(2), LastRequest: ago(1000)}, "rate_limited", time.Millisecond},
		"window over":                  {APIKey{RateLimitTimeWindow: n(1000), RateLimitMax: n(2), RequestCount: n(2), LastRequest: ago(1001)}, "", 0},
		"full, but not limited":        {APIKey{RateLimitEnabled: &no, RateLimitTimeWindow: n(1000), RateLimitMax: n(2), RequestCount: n(2), LastRequest: ago(1)}, "", 0},
		"full, but without a window":   {APIKey{RateLimitMax: n(2), RequestCount: n(2), LastRequest: ago(1)}, "", 0},
		"full, but without a most":     {APIKey{RateLimitTimeWindow: n(1000), RequestCount: n(2), LastRequest: ago(1)}, "", 0},
		"the quota is asked first":     {APIKey{Remaining: n(0), RateLimitTimeWindow: n(1000), RateLimitMax: n(2), RequestCount: n(2), LastRequest: ago(1)}, "quota_exceeded", 24 * time.Hour},
		"last used by a clock ahead":   {APIKey{RateLimitTimeWindow: n(1000), RateLimitMax: n(2), RequestCount: n(2), LastRequest: ago(-500)}, "rate_limited", 1501 * time.Millisecond},
		"a window below nothing":       {APIKey{RateLimitTimeWindow: n(math.MinInt64), RateLimitMax: n(2), RequestCount: n(2), LastRequest: ago(1)}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.key.CheckUse(now)
			var known *Error
			if errors.As(err, &known); c.code == "" && err != nil || c.code != "" && (known == nil || known.Code != c.code || known.RetryAfter != c.wait) {
				t.Errorf("%#v, want %s after %s", known, c.code, c.wait)
			}
		})
	}
}

func TestAPIKeyEnds(t *testing.T) {
	now, yes, no := time.Now(), true, false
	later := now.Add(time.Millisecond)
	if (&APIKey{}).Disabled() || (&APIKey{Enabled: &yes}).Disabled() || !(&APIKey{Enabled: &no}).Disabled() {
		t.Error("only false disables a key")
	}
	k := &APIKey{ExpiresAt: &now}
	if (&APIKey{}).ExpiredAt(now) || k.ExpiredAt(now) || !k.ExpiredAt(later) {
		t.Error("a key is over after the moment of its end")
	}
}
