package auth

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// A field that is added to a principal, a user or a session must be added to the codec too.
func TestCodecKeepsEveryField(t *testing.T) {
	t.Parallel()
	full := everything(time.Date(2026, 11, 23, 12, 0, 0, 123_456_000, time.UTC))
	for _, v := range []any{full.User, *full.Session} {
		for i, v := 0, reflect.ValueOf(v); i < v.NumField(); i++ {
			if f := v.Field(i); f.IsZero() {
				t.Errorf("%s.%s is zero: whether it is kept would not show", v.Type(), v.Type().Field(i).Name)
			}
		}
	}
	withoutRow := &Principal{Method: AccessToken, Expires: full.Expires}
	for _, p := range []*Principal{full, withoutRow, {User: full.User}, {Session: full.Session}} {
		got := decode(encode(&entry{Principal: *p, sequence: 7, until: -time.Second}))
		if got.sequence != 7 || got.until != -time.Second || !reflect.DeepEqual(&got.Principal, p) {
			t.Errorf("got  %+v\nwant %+v", got.Principal, *p)
		}
	}
	if n := reflect.TypeFor[Principal]().NumField(); n != 6 {
		t.Errorf("a principal has %d fields: keep the new one too", n)
	}
}

// What is too long to be kept whole is kept without the answer, or not at all.
func TestCodecLeavesOutWhatIsTooLong(t *testing.T) {
	t.Parallel()
	p := everything(time.Now().UTC().Truncate(time.Second))
	role := strings.Repeat("user,", 12_000)
	p.User.Role, p.prepared = &role, make([]byte, 10_000)
	if got := decode(encode(&entry{Principal: *p})); got.User.RoleText() != role || got.prepared != nil {
		t.Errorf("%d bytes of the role, %d of the answer", len(got.User.RoleText()), len(got.prepared))
	}
	role += role
	if text := encode(&entry{Principal: *p}); text != nil {
		t.Errorf("%d bytes", len(text))
	}
}
