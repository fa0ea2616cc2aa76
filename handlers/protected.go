package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// Protected shows a group that requires a user as a whole.
type Protected struct{}

// Data answers a read.
func (Protected) Data(c echo.Context) error {
	return answer(c, http.StatusOK, map[string]string{"data": "secret"})
}

// Action answers a write.
func (Protected) Action(c echo.Context) error {
	return answer(c, http.StatusOK, map[string]bool{"success": true})
}
