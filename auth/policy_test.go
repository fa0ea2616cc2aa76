package auth

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/models"
)

func TestPolicyRoles(t *testing.T) {
	policy := &Policy{AdminIDs: []string{"boss"}, Clock: func() time.Time { return jwtNow }}
	for _, c := range []struct {
		name, id, role string
		roles          []string
		admin          bool
	}{
		{"nothing", "u", "", []string{"user"}, false},
		{"one", "u", "editor", []string{"editor"}, false},
		{"two", "u", "user,admin", []string{"user", "admin"}, true},
		{"commas alone", "u", ",,", []string{"user"}, false},
		{"named in the settings", "boss", "", []string{"user", "admin"}, true},
		{"named, and admin already", "boss", "admin", []string{"admin"}, true},
		{"capital letter", "u", "Admin", []string{"Admin"}, false},
		{"space after", "u", "admin ", []string{"admin "}, false},
		{"space before", "u", "user, admin", []string{"user", " admin"}, false},
		{"Cyrillic а", "u", "аdmin", []string{"аdmin"}, false},
		{"full width", "u", "ａdmin", []string{"ａdmin"}, false},
		{"zero width space", "u", "admin\u200b", []string{"admin\u200b"}, false},
		{"part of a name", "u", "administrator,superadmin", []string{"administrator", "superadmin"}, false},
		{"id in another case", "Boss", "", []string{"user"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			who := &Principal{User: models.User{ID: c.id, Role: &c.role}}
			if got := policy.Roles(&who.User); !slices.Equal(got, c.roles) {
				t.Errorf("roles %q, want %q", got, c.roles)
			}
			if policy.HasAny(who, "moderator", "admin") != c.admin || policy.HasAll(who, "admin") != c.admin {
				t.Errorf("admin: %v, want %v", !c.admin, c.admin)
			}
		})
	}
}

func TestPolicyAnyAndAll(t *testing.T) {
	policy, role := &Policy{Clock: time.Now}, "a,b"
	who := &Principal{User: models.User{Role: &role}}
	for _, c := range []struct {
		roles    []string
		any, all bool
	}{
		{[]string{"a"}, true, true}, {[]string{"a", "b"}, true, true}, {[]string{"b", "c"}, true, false},
		{[]string{"c"}, false, false}, {[]string{"a,b"}, false, false}, {[]string{""}, false, false},
	} {
		if policy.HasAny(who, c.roles...) != c.any || policy.HasAll(who, c.roles...) != c.all {
			t.Errorf("%q: any %v, all %v", c.roles, !c.any, !c.all)
		}
	}
}

func TestRequireUser(t *testing.T) {
	policy := &Policy{AdminIDs: []string{"boss"}, Clock: func() time.Time { return jwtNow }}
	yes, no, past, ahead := true, false, jwtNow.Add(-time.Millisecond), jwtNow.Add(time.Millisecond)
	now := jwtNow
	for _, c := range []struct {
		name string
		user *models.User
		want error
	}{
		{"nobody", nil, models.ErrNotAuthenticated},
		{"user", &models.User{}, nil},
		{"not banned", &models.User{Banned: &no}, nil},
		{"not banned, with an end ahead", &models.User{Banned: &no, BanExpires: &ahead}, nil},
		{"banned for ever", &models.User{Banned: &yes}, models.ErrInactiveUser},
		{"banned until later", &models.User{Banned: &yes, BanExpires: &ahead}, models.ErrInactiveUser},
		{"banned until now", &models.User{Banned: &yes, BanExpires: &now}, nil},
		{"banned until earlier", &models.User{Banned: &yes, BanExpires: &past}, nil},
		{"a banned admin", &models.User{ID: "boss", Banned: &yes}, models.ErrInactiveUser},
	} {
		t.Run(c.name, func(t *testing.T) {
			var who *Principal
			if c.user != nil {
				who = &Principal{User: *c.user}
			}
			if err := policy.RequireUser(who); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}
