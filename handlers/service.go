package handlers

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/openapi"
)

// Service is about the program itself: what it is and whether it is well.
type Service struct {
	Version string
	// URL is the API's own origin, "" where the settings do not say it.
	URL string
	// Store asks whether the store can serve.
	Store func(context.Context) error
	// Stopping is true once the program has been told to stop: it is not to get new requests.
	Stopping *atomic.Bool
	// Document gives the API's description as JSON; it is made when it is first asked for.
	Document func() ([]byte, error)
}

// What the routes about the program say of themselves.
var (
	ShowHome  = openapi.Operation{ID: "getHome", Summary: "What this is", Answer: homeAnswer{}, Page: true, Description: "A page for a client that would rather have `text/html`, as browsers do."}
	ShowLive  = openapi.Operation{ID: "getHealth", Summary: "Does the process run?", Answer: statusAnswer{}}
	ShowReady = openapi.Operation{
		ID: "getReadiness", Summary: "Can requests be served?", Answer: statusAnswer{}, Errors: []*models.Error{models.StoreUnavailable(nil)},
		Description: "503 while the database is away or its tables are not right, and once the program was told to stop.",
	}
	ShowDocument = openapi.Operation{ID: "getOpenAPI", Summary: "This description", Answer: map[string]any{}, Description: "An OpenAPI 3.1 document, made of the route table and the Go types that serve the requests."}
)

type homeAnswer struct {
	Name     string `json:"name" example:"Countersign"`
	Version  string `json:"version"`
	Health   string `json:"health" example:"/healthz"`
	Ready    string `json:"ready" example:"/readyz"`
	Document string `json:"openapi" example:"/openapi.json"`
	Docs     string `json:"docs" example:"/docs"`
}

// Home says what this is, to browsers on a page.
func (h *Service) Home(c echo.Context) error {
	c.Response().Header().Add(echo.HeaderVary, echo.HeaderAccept)
	if wantsPage(c.Request()) {
		return h.homePage(c)
	}
	return answer(c, http.StatusOK, homeAnswer{"Countersign", h.Version, "/healthz", "/readyz", "/openapi.json", "/docs"})
}

type statusAnswer struct {
	Status string `json:"status"`
}

// Live says that the process runs.
func (h *Service) Live(c echo.Context) error {
	return answer(c, http.StatusOK, statusAnswer{"ok"})
}

// Ready says whether requests can be served.
func (h *Service) Ready(c echo.Context) error {
	if err := h.ready(c.Request().Context()); err != nil {
		return err
	}
	return answer(c, http.StatusOK, statusAnswer{"ready"})
}

func (h *Service) ready(ctx context.Context) error {
	if h.Stopping.Load() {
		return models.StoreUnavailable(errors.New("the program is stopping"))
	}
	return h.Store(ctx)
}

// OpenAPI describes the API.
func (h *Service) OpenAPI(c echo.Context) error {
	text, err := h.Document()
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, text)
}
