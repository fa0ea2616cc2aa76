package models

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// User is a row of Better Auth's user table. Role and the ban columns belong to its admin plugin: where
// they do not exist they are nil, and the user is a plain one that nobody has banned.
type User struct {
	ID            string
	Name          string
	Email         string
	EmailVerified bool
	Image         *string
	CreatedAt     time.Time
	UpdatedAt     time.Time
	Role          *string
	Banned        *bool
	BanReason     *string
	BanExpires    *time.Time
	// TwoFactorEnabled belongs to the two-factor plugin.
	TwoFactorEnabled *bool
}

const (
	// DefaultRole is what a user has whose role is null or empty.
	DefaultRole = "user"
	// AdminRole is the role that Better Auth's admin plugin lets administer.
	AdminRole = "admin"
)

// RoleText is the role as the database has it, comma-separated; DefaultRole where there is none.
func (u *User) RoleText() string {
	if u.Role == nil || *u.Role == "" {
		return DefaultRole
	}
	return *u.Role
}

// Roles are the names in RoleText. They are compared as they stand: no trimming, no folding of case.
func (u *User) Roles() []string {
	roles := slices.DeleteFunc(strings.Split(u.RoleText(), ","), func(r string) bool { return r == "" })
	if len(roles) == 0 {
		return []string{DefaultRole}
	}
	return roles
}

// RolesPattern is the regular expression of what ValidRoles takes.
const RolesPattern = `^[A-Za-z0-9_:.-]{1,64}(,[A-Za-z0-9_:.-]{1,64}){0,15}$`

var rolesForm = regexp.MustCompile(RolesPattern)

// ValidRoles says whether text is up to 16 role names with commas between them and nothing else.
func ValidRoles(text string) bool { return rolesForm.MatchString(text) }

// EmailPattern is the rule that Better Auth (zod 4) has for an address: who registers here must be able to
// sign in there. MaxEmail is how long one may be.
const (
	EmailPattern = `^(?:[A-Za-z0-9_'+\-]+\.)*[A-Za-z0-9_'+\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$`
	MaxEmail     = 254
)

var emailForm = regexp.MustCompile(EmailPattern)

// ValidEmail says whether text is an address, of at most 254 characters, that Better Auth takes too.
func ValidEmail(text string) bool { return len(text) <= MaxEmail && emailForm.MatchString(text) }

// BannedAt says whether the user is banned at a moment: a ban without an end lasts, one whose end has come is none.
func (u *User) BannedAt(now time.Time) bool {
	return u.Banned != nil && *u.Banned && (u.BanExpires == nil || now.Before(*u.BanExpires))
}

// UserChange is what may be changed of a user. A nil member stays as it is; of the double pointers the
// inner nil clears the column.
type UserChange struct {
	Name       *string
	Image      **string
	Role       *string
	Banned     *bool
	BanReason  **string
	BanExpires **time.Time
}

// UserFilter chooses users; its zero value chooses all of them.
type UserFilter struct {
	// Query is part of an e-mail address or a name, taken literally, case ignored.
	Query string
	// Role is one role's exact name.
	Role string
	// Banned asks for users who are, or are not, banned now.
	Banned *bool
}
