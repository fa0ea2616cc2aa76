package handlers

import (
	"countersign/auth"
	"countersign/models"
)

// ShowUser gives a user as admins get one, to be written as JSON by who is not asked over HTTP.
func ShowUser(u *models.User, policy *auth.Policy) any {
	h := &AdminUsers{Policy: policy, Clock: policy.Clock}
	return h.answer(u)
}

// ShowSession gives a session as the API does, without its token and never as the current one.
func ShowSession(s *models.Session) any {
	return sessionAnswer{s.ID, s.CreatedAt, s.UpdatedAt, s.ExpiresAt, s.IPAddress, s.UserAgent, s.ImpersonatedBy, false}
}
