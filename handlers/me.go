package handlers

import (
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"countersign/auth"
	"countersign/models"
	"countersign/openapi"
)

// Me is the user who is asking.
type Me struct {
	Users  UserStore
	Policy *auth.Policy
}

// What the routes of a user's own account say of themselves.
var (
	GetMe    = openapi.Operation{ID: "getMe", Summary: "Who am I?", Answer: meAnswer{}, Description: "`session` is null where the credential has none: an API key, say."}
	UpdateMe = openapi.Operation{
		ID: "updateMe", Summary: "Change my name or image", Body: mePatch{}, Answer: meAnswer{}, Errors: []*models.Error{models.ErrNotFound},
		Description: "A member that is missing stays as it is, null clears it.",
	}
)

type meAnswer struct {
	ID            string     `json:"id"`
	Email         string     `json:"email"`
	Name          *string    `json:"name"`
	Image         *string    `json:"image"`
	EmailVerified bool       `json:"email_verified"`
	Role          string     `json:"role"`
	Roles         []string   `json:"roles"`
	CreatedAt     time.Time  `json:"created_at"`
	Session       *meSession `json:"session"`
}

type meSession struct {
	ID             string    `json:"id"`
	ExpiresAt      time.Time `json:"expires_at"`
	ImpersonatedBy *string   `json:"impersonated_by"`
}

// Get answers from what identified the request, with no query of its own.
func (h *Me) Get(c echo.Context) error {
	p := auth.PrincipalFrom(c.Request().Context())
	text := p.Prepared()
	if text == nil {
		var err error
		if text, err = h.Prepare(p); err != nil {
			return err
		}
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, text)
}

// Prepare makes the answer of Get, so that a cache can keep it beside the principal.
func (h *Me) Prepare(p *auth.Principal) ([]byte, error) {
	return json.Marshal(h.answer(&p.User, p.Session))
}

type mePatch struct {
	Name  optional[string] `json:"name" validate:"omitempty,max=200" example:"Ada"`
	Image optional[string] `json:"image" validate:"omitempty,max=2000" example:"https://example.com/ada.png"`
}

// Update changes the user's own name and image.
func (h *Me) Update(c echo.Context) error {
	request, err := bind[mePatch](c)
	if err != nil {
		return err
	}
	p := auth.PrincipalFrom(c.Request().Context())
	change := models.UserChange{Name: nameChange(request.Name), Image: request.Image.change()}
	user, err := h.Users.Update(c.Request().Context(), p.User.ID, change)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, h.answer(user, p.Session))
}

func (h *Me) answer(u *models.User, s *models.Session) meAnswer {
	a := meAnswer{
		ID: u.ID, Email: u.Email, Name: textOrNull(u.Name), Image: u.Image, EmailVerified: u.EmailVerified,
		Role: u.RoleText(), Roles: h.Policy.Roles(u), CreatedAt: u.CreatedAt,
	}
	if s != nil {
		a.Session = &meSession{s.ID, s.ExpiresAt, s.ImpersonatedBy}
	}
	return a
}

// textOrNull shows an empty name as null: Better Auth's column cannot be null.
func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// nameChange is the other way round: null clears the name, which is empty text in the row.
func nameChange(name optional[string]) *string {
	if !name.given {
		return nil
	}
	if name.value == nil {
		empty := ""
		return &empty
	}
	return name.value
}
