package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/auth"
	"countersign/models"
)

// UserStore keeps users; package database says what each method promises.
type UserStore interface {
	ByID(ctx context.Context, id string) (*models.User, error)
	List(ctx context.Context, filter models.UserFilter, page models.Page) ([]models.User, int64, error)
	Update(ctx context.Context, id string, change models.UserChange) (*models.User, error)
	Administer(ctx context.Context, id string, change models.UserChange) (*models.User, error)
	Delete(ctx context.Context, id string) error
}

// AdminUsers is every user, for admins.
type AdminUsers struct {
	Users    UserStore
	Sessions SessionStore
	Policy   *auth.Policy
	Cursors  *Cursors
	Clock    func() time.Time
}

type userAnswer struct {
	ID            string     `json:"id"`
	Email         string     `json:"email"`
	Name          *string    `json:"name"`
	Image         *string    `json:"image"`
	EmailVerified bool       `json:"email_verified"`
	Role          string     `json:"role"`
	Roles         []string   `json:"roles"`
	Banned        bool       `json:"banned"`
	BanReason     *string    `json:"ban_reason"`
	BanExpires    *time.Time `json:"ban_expires"`
	CreatedAt     time.Time  `json:"created_at"`
	UpdatedAt     time.Time  `json:"updated_at"`
}

// answer shows a ban that has ended as none.
func (h *AdminUsers) answer(u *models.User) userAnswer {
	a := userAnswer{
		ID: u.ID, Email: u.Email, Name: textOrNull(u.Name), Image: u.Image, EmailVerified: u.EmailVerified,
		Role: u.RoleText(), Roles: h.Policy.Roles(u), CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
	}
	if u.BannedAt(h.Clock()) {
		a.Banned, a.BanReason, a.BanExpires = true, u.BanReason, u.BanExpires
	}
	return a
}

type usersAnswer struct {
	Users      []userAnswer `json:"users"`
	NextCursor *string      `json:"next_cursor"`
	Total      int64        `json:"total"`
}

// List gives a page of the users that the query's filters choose.
func (h *AdminUsers) List(c echo.Context) error {
	page, err := h.Cursors.page(c, "users", userSorts...)
	if err != nil {
		return err
	}
	filter, err := userFilter(c)
	if err != nil {
		return err
	}
	users, total, err := h.Users.List(c.Request().Context(), filter, page)
	if err != nil {
		return err
	}
	list := usersAnswer{Users: []userAnswer{}, Total: total}
	users, list.NextCursor = cut(h.Cursors, "users", page, users, func(u *models.User) models.Position {
		value := map[string]string{"created_at": moment(u.CreatedAt), "email": u.Email, "name": u.Name}[page.Sort]
		return models.Position{Value: value, ID: u.ID}
	})
	for i := range users {
		list.Users = append(list.Users, h.answer(&users[i]))
	}
	return answer(c, http.StatusOK, list)
}

func userFilter(c echo.Context) (f models.UserFilter, err error) {
	if f.Query, err = queryText(c, "q"); err != nil {
		return f, err
	}
	if f.Role, err = queryText(c, "role"); err != nil {
		return f, err
	}
	f.Banned, err = queryBool(c, "banned")
	return f, err
}

// Get gives one user.
func (h *AdminUsers) Get(c echo.Context) error {
	id, err := textParam(c, "id")
	if err != nil {
		return err
	}
	user, err := h.Users.ByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, h.answer(user))
}

type userPatch struct {
	Name       optional[string]    `json:"name" validate:"omitempty,max=200" example:"Ada"`
	Role       *string             `json:"role" validate:"omitnil,roles" description:"Names with commas between them."`
	Banned     *bool               `json:"banned"`
	BanReason  optional[string]    `json:"ban_reason" validate:"omitempty,max=1000"`
	BanExpires optional[time.Time] `json:"ban_expires" description:"In the future; null is a ban without an end."`
}

// change also settles what a ban says: each one, and its end, starts with its reason and end empty, so that
// an end that passed long ago does not undo a new ban.
func (r *userPatch) change() models.UserChange {
	change := models.UserChange{
		Name: nameChange(r.Name), Role: r.Role, Banned: r.Banned,
		BanReason: r.BanReason.change(), BanExpires: r.BanExpires.change(),
	}
	if r.Banned != nil && change.BanReason == nil {
		change.BanReason = new(*string)
	}
	if r.Banned != nil && change.BanExpires == nil {
		change.BanExpires = new(*time.Time)
	}
	return change
}

// checkBan refuses what would look like a ban and be none.
func (r *userPatch) checkBan(now time.Time) error {
	unbanned := r.Banned != nil && !*r.Banned
	switch {
	case r.BanExpires.value != nil && !now.Before(*r.BanExpires.value):
		return models.InvalidError(models.FieldError{Field: "ban_expires", Message: "must be in the future"})
	case unbanned && (r.BanReason.value != nil || r.BanExpires.value != nil):
		return models.InvalidError(models.FieldError{Field: "banned", Message: "must be true where a reason or an end is given"})
	}
	return nil
}

// Update changes a user. Nobody bans or demotes themselves.
func (h *AdminUsers) Update(c echo.Context) error {
	request, err := bind[userPatch](c)
	if err != nil {
		return err
	}
	id, err := textParam(c, "id")
	if err != nil {
		return err
	}
	if err := request.checkBan(h.Clock()); err != nil {
		return err
	}
	if id == auth.PrincipalFrom(c.Request().Context()).User.ID && request.endsAdmin() {
		return models.ErrSelf
	}
	user, err := h.Users.Administer(c.Request().Context(), id, request.change())
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, h.answer(user))
}

func (r *userPatch) endsAdmin() bool {
	demoted := r.Role != nil && !slices.Contains(strings.Split(*r.Role, ","), models.AdminRole)
	return demoted || r.Banned != nil && *r.Banned
}

// Delete removes a user. Nobody deletes themselves.
func (h *AdminUsers) Delete(c echo.Context) error {
	id, err := textParam(c, "id")
	if err != nil {
		return err
	}
	if id == auth.PrincipalFrom(c.Request().Context()).User.ID {
		return models.ErrSelf
	}
	if err := h.Users.Delete(c.Request().Context(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// ListSessions gives a user's sessions.
func (h *AdminUsers) ListSessions(c echo.Context) error {
	id, err := h.knownUser(c)
	if err != nil {
		return err
	}
	sessions, err := h.Sessions.OfUser(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return answerSessions(c, sessions)
}

// EndSessions ends all of a user's sessions.
func (h *AdminUsers) EndSessions(c echo.Context) error {
	id, err := h.knownUser(c)
	if err != nil {
		return err
	}
	if err := h.Sessions.EndAll(c.Request().Context(), id, ""); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// EndSession ends one of a user's sessions.
func (h *AdminUsers) EndSession(c echo.Context) error {
	id, err := textParam(c, "id")
	if err != nil {
		return err
	}
	session, err := textParam(c, "sid")
	if err != nil {
		return err
	}
	if err := h.Sessions.End(c.Request().Context(), id, session, models.AuditSessionEnded); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// knownUser gives the id in the path when there is such a user.
func (h *AdminUsers) knownUser(c echo.Context) (string, error) {
	id, err := textParam(c, "id")
	if err != nil {
		return "", err
	}
	_, err = h.Users.ByID(c.Request().Context(), id)
	return id, err
}

// textParam reads an id from the path. What no id is, a NUL or broken UTF-8 say, names nothing that is
// there; a database would answer it with an error.
func textParam(c echo.Context, name string) (string, error) {
	id := c.Param(name)
	odd := func(r rune) bool { return r <= ' ' || r > '~' }
	if id == "" || len(id) > 255 || strings.ContainsFunc(id, odd) {
		return "", models.ErrNotFound
	}
	return id, nil
}
