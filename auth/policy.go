package auth

import (
	"slices"
	"time"

	"countersign/models"
)

// Policy says what roles a user has and who may go on.
type Policy struct {
	// AdminIDs are users who are admins whatever their role (Better Auth's adminUserIds).
	AdminIDs []string
	Clock    func() time.Time
}

// Roles are the user's roles, with admin among them for the users named in AdminIDs.
func (p *Policy) Roles(u *models.User) []string {
	roles := u.Roles()
	if slices.Contains(p.AdminIDs, u.ID) && !slices.Contains(roles, models.AdminRole) {
		roles = append(roles, models.AdminRole)
	}
	return roles
}

// RequireUser answers models.ErrNotAuthenticated for an anonymous request and models.ErrInactiveUser for a banned user.
func (p *Policy) RequireUser(who *Principal) error {
	if who == nil {
		return models.ErrNotAuthenticated
	}
	if who.User.BannedAt(p.Clock()) {
		return models.ErrInactiveUser
	}
	return nil
}

// HasAny says whether the principal has at least one of the roles.
func (p *Policy) HasAny(who *Principal, roles ...string) bool {
	has := p.Roles(&who.User)
	return slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(has, r) })
}

// HasAll says whether the principal has every one of the roles.
func (p *Policy) HasAll(who *Principal, roles ...string) bool {
	has := p.Roles(&who.User)
	return !slices.ContainsFunc(roles, func(r string) bool { return !slices.Contains(has, r) })
}
