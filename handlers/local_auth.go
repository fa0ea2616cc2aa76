package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"countersign/auth"
	"countersign/models"
)

// LocalAuth is registration and login without Better Auth's server.
type LocalAuth struct {
	Local  *auth.Local
	Policy *auth.Policy
	// Cookie is the session cookie's name, and Secure whether browsers keep it for https only.
	Cookie string
	Secure bool
}

type registerRequest struct {
	Email    string  `json:"email" validate:"address" example:"ada@example.com"`
	Password string  `json:"password" validate:"password" example:"correct horse" description:"Counted in UTF-16 units; the most common ones may be refused."`
	Name     *string `json:"name" validate:"omitnil,max=200" example:"Ada"`
}

type registerAnswer struct {
	ID    string  `json:"id"`
	Email string  `json:"email"`
	Name  *string `json:"name"`
}

// Register makes a user.
func (h *LocalAuth) Register(c echo.Context) error {
	request, err := bind[registerRequest](c)
	if err != nil {
		return err
	}
	name := ""
	if request.Name != nil {
		name = *request.Name
	}
	user, err := h.Local.Register(c.Request().Context(), request.Email, request.Password, name)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, registerAnswer{user.ID, user.Email, textOrNull(user.Name)})
}

type loginRequest struct {
	Email    string `json:"email" openapi:"required" example:"ada@example.com"`
	Password string `json:"password" openapi:"required" example:"correct horse"`
}

type tokensAnswer struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type" example:"bearer"`
	ExpiresIn    int    `json:"expires_in" example:"1800" description:"Seconds that the access token lives."`
}

func answerTokens(c echo.Context, p *auth.Pair) error {
	return answer(c, http.StatusOK, tokensAnswer{p.Access.Reveal(), p.Refresh.Reveal(), "bearer", int(p.ExpiresIn.Seconds())})
}

// Login answers a right password with tokens: as JSON, or as OAuth2's password form (RFC 6749, section 4.3).
func (h *LocalAuth) Login(c echo.Context) error {
	request, err := readLogin(c)
	if err != nil {
		return err
	}
	client := auth.Client{IPAddress: c.RealIP(), UserAgent: strings.ToValidUTF8(c.Request().UserAgent(), "")}
	pair, err := h.Local.Login(c.Request().Context(), request.Email, request.Password, client)
	if err != nil {
		return err
	}
	return answerTokens(c, pair)
}

func readLogin(c echo.Context) (loginRequest, error) {
	if !strings.HasPrefix(strings.ToLower(c.Request().Header.Get(echo.HeaderContentType)), echo.MIMEApplicationForm) {
		return bind[loginRequest](c)
	}
	text, err := body(c)
	if err != nil {
		return loginRequest{}, err
	}
	form, err := url.ParseQuery(string(text))
	if err != nil || len(form["username"]) != 1 || len(form["password"]) != 1 {
		return loginRequest{}, models.BadRequestError("The form must have username and password, once each")
	}
	if grant := form.Get("grant_type"); grant != "" && grant != "password" {
		return loginRequest{}, models.BadRequestError("grant_type must be password")
	}
	for member, values := range form {
		if len(values) != 1 || !utf8.ValidString(values[0]) || strings.ContainsRune(values[0], 0) {
			return loginRequest{}, models.BadRequestError("The form must have each member once, in UTF-8 and without NUL")
		}
		switch member {
		case "username", "password", "grant_type", "scope", "client_id", "client_secret":
		default:
			return loginRequest{}, models.BadRequestError("The form has a member that OAuth2's password form does not have")
		}
	}
	return loginRequest{form.Get("username"), form.Get("password")}, nil
}

type refreshRequest struct {
	RefreshToken string `json:"refresh_token" validate:"required"`
}

// Refresh gives a new pair for a refresh token.
func (h *LocalAuth) Refresh(c echo.Context) error {
	request, err := bind[refreshRequest](c)
	if err != nil {
		return err
	}
	pair, err := h.Local.Refresh(c.Request().Context(), models.Secret(request.RefreshToken))
	if err != nil {
		return err
	}
	return answerTokens(c, pair)
}

type logoutRequest struct {
	RefreshToken string `json:"refresh_token"`
}

// Logout ends the session of who is asking and that of a refresh token in the body.
func (h *LocalAuth) Logout(c echo.Context) error {
	var request logoutRequest
	if c.Request().ContentLength != 0 {
		var err error
		if request, err = bind[logoutRequest](c); err != nil {
			return err
		}
	}
	who := auth.PrincipalFrom(c.Request().Context())
	if request.RefreshToken == "" {
		if err := h.Policy.RequireUser(who); err != nil {
			return err
		}
	}
	if err := h.Local.Logout(c.Request().Context(), who, models.Secret(request.RefreshToken)); err != nil {
		return err
	}
	if who != nil && who.Method == auth.SessionCookie {
		//nolint:gosec // Secure follows from the settings, as it did when Better Auth set the cookie
		c.SetCookie(&http.Cookie{Name: h.Cookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: h.Secure, SameSite: http.SameSiteLaxMode})
	}
	return c.NoContent(http.StatusNoContent)
}

type passwordRequest struct {
	CurrentPassword string `json:"current_password" validate:"required" example:"correct horse"`
	NewPassword     string `json:"new_password" validate:"password" example:"battery staple"`
}

// ChangePassword replaces the user's password and ends the user's other sessions.
func (h *LocalAuth) ChangePassword(c echo.Context) error {
	request, err := bind[passwordRequest](c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := h.Local.ChangePassword(ctx, auth.PrincipalFrom(ctx), request.CurrentPassword, request.NewPassword); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
