package handlers

import (
	"net/http"

	"countersign/models"
	"countersign/openapi"
)

// loginForm describes OAuth2's password form (RFC 6749, section 4.3); readLogin reads it.
type loginForm struct {
	Username     string    `json:"username" openapi:"required" example:"ada@example.com" description:"The e-mail address."`
	Password     string    `json:"password" openapi:"required" example:"correct horse"`
	GrantType    grantType `json:"grant_type"`
	Scope        string    `json:"scope" description:"Not looked at, as are the next two."`
	ClientID     string    `json:"client_id"`
	ClientSecret string    `json:"client_secret"`
}

type grantType string

// Enum gives what the member may be.
func (grantType) Enum() []string { return []string{"password", ""} }

// What the routes of local auth say of themselves.
var (
	Register = openapi.Operation{
		ID: "register", Summary: "Make a user", Body: registerRequest{}, Status: http.StatusCreated, Answer: registerAnswer{},
		Description: "Who registers here can sign in through Better Auth too.",
		Errors:      []*models.Error{models.ErrEmailTaken, models.ErrBusy, models.ColumnsUnfilled("user", "nickname")},
	}
	Login = openapi.Operation{
		ID: "login", Summary: "Sign in", Body: loginRequest{}, Form: loginForm{}, Answer: tokensAnswer{},
		Description: "With JSON, or with OAuth2's password form. Send `access_token` as `Authorization: Bearer`.",
		Errors: []*models.Error{
			models.ErrBadLogin, models.ErrInactiveUser, models.ErrEmailNotVerified, models.ErrTwoFactorRequired, models.ErrBusy,
			models.ColumnsUnfilled("session", "device"),
		},
	}
	Refresh = openapi.Operation{
		ID: "refresh", Summary: "Get new tokens", Body: refreshRequest{}, Answer: tokensAnswer{},
		Description: "A refresh token is used once. One that comes back later ends its session.",
		Errors:      []*models.Error{models.ErrUserNotFound, models.ErrBadRefreshToken, models.ErrInactiveUser},
	}
	Logout = openapi.Operation{
		ID: "logout", Summary: "Sign out", Body: logoutRequest{}, BodyOptional: true, Status: http.StatusNoContent, Headers: []string{"Set-Cookie"},
		Description: "Ends the session of who is asking, and that of the refresh token; one of them must be given.",
		Errors:      []*models.Error{models.ErrNotAuthenticated, models.ErrInactiveUser},
	}
	ChangePassword = openapi.Operation{
		ID: "changePassword", Summary: "Change my password", Body: passwordRequest{}, Status: http.StatusNoContent,
		Description: "All other sessions of the user end.",
		Errors:      []*models.Error{models.ErrWrongPassword, models.ErrNoPassword, models.ErrImpersonated, models.ErrBusy},
	}
)
