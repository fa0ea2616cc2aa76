package auth

import (
	"time"

	"countersign/models"
)

// cached is what every strategy of the cookie cache carries (cookieCachePayloadSchema in
// dist/cookies/cache.mjs): the rows as JSON, under Better Auth's own names.
type cached struct {
	Session cachedSession `json:"session"`
	User    cachedUser    `json:"user"`
	Version string        `json:"version"`
}

type cachedSession struct {
	ID             string    `json:"id"`
	ExpiresAt      time.Time `json:"expiresAt"`
	Token          string    `json:"token"`
	CreatedAt      time.Time `json:"createdAt"`
	UpdatedAt      time.Time `json:"updatedAt"`
	IPAddress      *string   `json:"ipAddress"`
	UserAgent      *string   `json:"userAgent"`
	UserID         string    `json:"userId"`
	ImpersonatedBy *string   `json:"impersonatedBy"`
}

type cachedUser struct {
	ID               string     `json:"id"`
	Name             string     `json:"name"`
	Email            string     `json:"email"`
	EmailVerified    bool       `json:"emailVerified"`
	Image            *string    `json:"image"`
	CreatedAt        time.Time  `json:"createdAt"`
	UpdatedAt        time.Time  `json:"updatedAt"`
	Role             *string    `json:"role"`
	Banned           *bool      `json:"banned"`
	BanReason        *string    `json:"banReason"`
	BanExpires       *time.Time `json:"banExpires"`
	TwoFactorEnabled *bool      `json:"twoFactorEnabled"`
}

func (c *cached) session() *models.Session {
	s := c.Session
	return &models.Session{
		ID: s.ID, ExpiresAt: s.ExpiresAt.UTC(), Token: models.Secret(s.Token), CreatedAt: s.CreatedAt.UTC(), UpdatedAt: s.UpdatedAt.UTC(),
		IPAddress: s.IPAddress, UserAgent: s.UserAgent, UserID: s.UserID, ImpersonatedBy: s.ImpersonatedBy,
	}
}

// user has the row's fields in the row's order, so that a conversion is all it takes.
func (c *cached) user() models.User {
	u := models.User(c.User)
	u.CreatedAt, u.UpdatedAt = u.CreatedAt.UTC(), u.UpdatedAt.UTC()
	return u
}
