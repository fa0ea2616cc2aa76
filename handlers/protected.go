package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/openapi"
)

// Protected shows a group that requires a user as a whole.
type Protected struct{}

// What the routes of the group say of themselves.
var (
	ReadData = openapi.Operation{ID: "getProtectedData", Summary: "Read in a guarded group", Answer: dataAnswer{}}
	DoAction = openapi.Operation{ID: "doProtectedAction", Summary: "Write in a guarded group", Answer: actionAnswer{}}
)

type dataAnswer struct {
	Data string `json:"data" example:"secret"`
}

type actionAnswer struct {
	Success bool `json:"success" example:"true"`
}

// Data answers a read.
func (Protected) Data(c echo.Context) error {
	return answer(c, http.StatusOK, dataAnswer{"secret"})
}

// Action answers a write.
func (Protected) Action(c echo.Context) error {
	return answer(c, http.StatusOK, actionAnswer{true})
}
