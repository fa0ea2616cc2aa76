package models

import "time"

// Session is a row of Better Auth's session table: a session is valid only while its row is there.
type Session struct {
	ID             string
	ExpiresAt      time.Time
	Token          Secret
	CreatedAt      time.Time
	UpdatedAt      time.Time
	IPAddress      *string
	UserAgent      *string
	UserID         string
	ImpersonatedBy *string
}

// ExpiredAt says whether the session is over at a moment; at its very end it is.
func (s *Session) ExpiredAt(now time.Time) bool { return !now.Before(s.ExpiresAt) }

// RefreshToken is a row of our own: one link in the chain of refresh tokens that hangs on a session row
// and goes with it. The token itself is not kept, only its hash.
type RefreshToken struct {
	ID        int64
	SessionID string
	// Hash is the SHA-256 of the token.
	Hash []byte
	// ParentID is the token that was spent for this one; nil for the first of a login.
	ParentID  *int64
	CreatedAt time.Time
	ExpiresAt time.Time
	SpentAt   *time.Time
}
