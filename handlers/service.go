package handlers

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"countersign/models"
)

// Service is about the program itself: what it is and whether it is well.
type Service struct {
	Version string
	// Store asks whether the store can serve.
	Store func(context.Context) error
	// Stopping is true once the program has been told to stop: it is not to get new requests.
	Stopping *atomic.Bool
}

type homeAnswer struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Health  string `json:"health"`
	Ready   string `json:"ready"`
}

// Home says what this is.
func (h *Service) Home(c echo.Context) error {
	return answer(c, http.StatusOK, homeAnswer{"Countersign", h.Version, "/healthz", "/readyz"})
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
	if h.Stopping.Load() {
		return models.StoreUnavailable(errors.New("the program is stopping"))
	}
	if err := h.Store(c.Request().Context()); err != nil {
		return err
	}
	return answer(c, http.StatusOK, statusAnswer{"ready"})
}
