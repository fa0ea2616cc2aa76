package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/auth"
	"countersign/models"
)

// importTimes are how databases and programs write created_at; without a zone it is UTC.
var importTimes = []string{
	time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07", "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly,
}

// user makes the rows of a record. The error says for people what is wrong and never has a value in it.
func (r record) user(now time.Time) (*models.User, *models.Account, error) {
	if r.broken != nil {
		return nil, nil, r.broken
	}
	for name, text := range r.fields {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return nil, nil, fmt.Errorf("%s is not UTF-8, or has a NUL", name)
		}
	}
	if err := r.check(); err != nil {
		return nil, nil, err
	}
	user, account := auth.NewUser(strings.ToLower(r.fields["email"]), r.fields["name"], models.Secret(r.fields["password"]), now)
	return user, account, r.fill(user)
}

// check holds a record against the rules of registration; of the password there is only a hash.
func (r record) check() error {
	switch hash := models.Secret(r.fields["password"]); {
	case !models.ValidEmail(r.fields["email"]):
		return errors.New("email is not an address of at most 254 characters")
	case hash == "":
		return errors.New("has no password hash")
	case !auth.UsableHash(hash):
		return errors.New("the password is not a hash that can be checked here: bcrypt up to cost 14, argon2id up to 128 MiB, or Better Auth's scrypt")
	case utf8.RuneCountInString(r.fields["name"]) > 200:
		return errors.New("name has more than 200 characters")
	case utf8.RuneCountInString(r.fields["image"]) > 2000:
		return errors.New("image has more than 2000 characters")
	case r.fields["role"] != "" && !models.ValidRoles(r.fields["role"]):
		return errors.New("role is not a role's name, or several with commas between them")
	}
	return nil
}

// fill adds what registration does not ask for.
func (r record) fill(user *models.User) error {
	superuser, err := r.flag("is_superuser", false)
	active, err2 := r.flag("is_active", true)
	verified, err3 := r.flag("email_verified", false)
	created, err4 := r.createdAt(user.CreatedAt)
	if err := errors.Join(err, err2, err3, err4); err != nil {
		return errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	banned := !active
	user.Role, user.Banned, user.EmailVerified, user.CreatedAt = r.role(superuser), &banned, verified, created
	if image := r.fields["image"]; image != "" {
		user.Image = &image
	}
	return nil
}

// role adds admin for a superuser, in the place of the role that everybody has.
func (r record) role(superuser bool) *string {
	role := cmp.Or(r.fields["role"], models.DefaultRole)
	if superuser && role == models.DefaultRole {
		role = models.AdminRole
	} else if superuser && !slices.Contains(strings.Split(role, ","), models.AdminRole) {
		role += "," + models.AdminRole
	}
	return &role
}

// flag reads a truth value as PostgreSQL, SQLite, Python and JSON write it.
func (r record) flag(name string, unset bool) (bool, error) {
	switch strings.ToLower(r.fields[name]) {
	case "":
		return unset, nil
	case "true", "t", "1", "yes", "on":
		return true, nil
	case "false", "f", "0", "no", "off":
		return false, nil
	}
	return false, fmt.Errorf("%s is neither true nor false", name)
}

func (r record) createdAt(unset time.Time) (time.Time, error) {
	text := r.fields["created_at"]
	if text == "" {
		return unset, nil
	}
	for _, layout := range importTimes {
		if created, err := time.Parse(layout, text); err == nil {
			return created.UTC().Truncate(time.Millisecond), nil
		}
	}
	return unset, errors.New("created_at is not a date, as in 2024-05-06T07:08:09Z")
}
