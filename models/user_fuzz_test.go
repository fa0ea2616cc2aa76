package models

import (
	"slices"
	"strings"
	"testing"
)

// Whatever the column holds, a user has at least one role, none has an empty name or a comma, and what they
// are joined to gives the same roles again.
func FuzzRoles(f *testing.F) {
	for _, role := range []string{"", ",", ",,a,,b,", "user,admin", "admin ", "Admin", "a,\x00,b", "\xff,", "user"} {
		f.Add(role)
	}
	f.Fuzz(func(t *testing.T, role string) {
		u := User{Role: &role}
		roles := u.Roles()
		if len(roles) == 0 || slices.Contains(roles, "") || slices.ContainsFunc(roles, func(r string) bool { return strings.Contains(r, ",") }) {
			t.Fatalf("%q has the roles %q", role, roles)
		}
		joined := strings.Join(roles, ",")
		if again := (&User{Role: &joined}).Roles(); !slices.Equal(again, roles) {
			t.Fatalf("%q, joined and split again: %q", roles, again)
		}
		if ValidRoles(role) && joined != role {
			t.Fatalf("%q is a valid list and changes to %q", role, joined)
		}
		// A role that is there is there as it stands between commas, and nothing else is one.
		if slices.Contains(roles, AdminRole) != strings.Contains(","+role+",", ",admin,") {
			t.Fatalf("%q: admin is judged otherwise than by SQL", role)
		}
	})
}

func TestRolesOfNull(t *testing.T) {
	if roles := (&User{}).Roles(); !slices.Equal(roles, []string{DefaultRole}) {
		t.Error(roles)
	}
}
