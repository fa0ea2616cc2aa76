package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/auth"
	"countersign/models"
	"countersign/openapi"
)

// SessionStore keeps sessions; package database says what each method promises.
type SessionStore interface {
	OfUser(ctx context.Context, userID string) ([]models.Session, error)
	End(ctx context.Context, userID, id string, as models.AuditType) error
	EndAll(ctx context.Context, userID, keep string) error
}

// Sessions are those of the user who is asking.
type Sessions struct {
	Sessions SessionStore
}

// What the routes of a user's own sessions say of themselves.
var (
	ListSessions     = openapi.Operation{ID: "listSessions", Summary: "List my sessions", Answer: sessionsAnswer{}}
	EndOtherSessions = openapi.Operation{
		ID: "endOtherSessions", Summary: "End my other sessions", Status: http.StatusNoContent, Errors: []*models.Error{models.ErrImpersonated},
		Description: "All but the one that the request came by.",
	}
	EndSession = openapi.Operation{ID: "endSession", Summary: "End one of my sessions", Status: http.StatusNoContent, Errors: []*models.Error{models.ErrImpersonated}}
)

// sessionAnswer never has the session's token.
type sessionAnswer struct {
	ID             string    `json:"id"`
	CreatedAt      time.Time `json:"created_at"`
	UpdatedAt      time.Time `json:"updated_at"`
	ExpiresAt      time.Time `json:"expires_at"`
	IPAddress      *string   `json:"ip_address"`
	UserAgent      *string   `json:"user_agent"`
	ImpersonatedBy *string   `json:"impersonated_by"`
	Current        bool      `json:"current"`
}

type sessionsAnswer struct {
	Sessions   []sessionAnswer `json:"sessions"`
	NextCursor *string         `json:"next_cursor"`
}

// answerSessions shows sessions and marks the one that the request came by. There are never so many that a
// second page would be needed.
func answerSessions(c echo.Context, sessions []models.Session) error {
	current := auth.PrincipalFrom(c.Request().Context()).SessionID()
	list := sessionsAnswer{Sessions: []sessionAnswer{}}
	for _, s := range sessions {
		list.Sessions = append(list.Sessions, sessionAnswer{
			s.ID, s.CreatedAt, s.UpdatedAt, s.ExpiresAt, s.IPAddress, s.UserAgent, s.ImpersonatedBy, s.ID == current,
		})
	}
	return answer(c, http.StatusOK, list)
}

// List gives the user's sessions that are not over, newest first.
func (h *Sessions) List(c echo.Context) error {
	ctx := c.Request().Context()
	sessions, err := h.Sessions.OfUser(ctx, auth.PrincipalFrom(ctx).User.ID)
	if err != nil {
		return err
	}
	return answerSessions(c, sessions)
}

// End ends one of the user's sessions; not for an admin who acts as the user.
func (h *Sessions) End(c echo.Context) error {
	ctx := c.Request().Context()
	who := auth.PrincipalFrom(ctx)
	if who.Impersonated() {
		return models.ErrImpersonated
	}
	id, err := textParam(c, "id")
	if err != nil {
		return err
	}
	if err := h.Sessions.End(ctx, who.User.ID, id, models.AuditSessionEnded); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// EndOthers ends all of the user's sessions but the current one; not for an admin who acts as the user.
func (h *Sessions) EndOthers(c echo.Context) error {
	ctx := c.Request().Context()
	who := auth.PrincipalFrom(ctx)
	if who.Impersonated() {
		return models.ErrImpersonated
	}
	if err := h.Sessions.EndAll(ctx, who.User.ID, who.SessionID()); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
