// Package handlers holds one file for each resource. A handler reads the request into a private struct, asks
// a store, and shapes the answer; errors are returned, and one place turns them into answers.
package handlers

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"countersign/models"
)

// Problem is an answer that is not a success (RFC 9457). Detail stands where clients of the FastAPI form of
// this API expect it; Code is stable and for programs.
type Problem struct {
	Type      string              `json:"type"`
	Title     string              `json:"title"`
	Status    int                 `json:"status"`
	Detail    string              `json:"detail"`
	Code      string              `json:"code"`
	RequestID string              `json:"request_id"`
	Errors    []models.FieldError `json:"errors,omitempty"`
}

// StatusOf gives the HTTP status of a kind of error.
func StatusOf(kind models.Kind) int { return statusOf[kind] }

var statusOf = map[models.Kind]int{
	models.Internal:         http.StatusInternalServerError,
	models.BadRequest:       http.StatusBadRequest,
	models.Unauthenticated:  http.StatusUnauthorized,
	models.Forbidden:        http.StatusForbidden,
	models.NotFound:         http.StatusNotFound,
	models.MethodNotAllowed: http.StatusMethodNotAllowed,
	models.Conflict:         http.StatusConflict,
	models.TooLarge:         http.StatusRequestEntityTooLarge,
	models.UnsupportedMedia: http.StatusUnsupportedMediaType,
	models.Invalid:          http.StatusUnprocessableEntity,
	models.TooManyRequests:  http.StatusTooManyRequests,
	models.Unavailable:      http.StatusServiceUnavailable,
}

// ErrorHandler answers every error that a handler or a middleware returned. What it does not know is a 500
// that tells the client nothing; the log has the whole chain under the same request id.
func ErrorHandler(log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		known := classify(err)
		status := statusOf[known.Kind]
		id := c.Response().Header().Get(echo.HeaderXRequestID)
		// What was told to the client in full, that too many passwords wait say, is no news for the log.
		if status >= http.StatusInternalServerError && err.Error() != known.Detail {
			log.Log(c.Request().Context(), severity(c, err), "request failed", "request_id", id, "status", status, "error", err.Error())
		}
		if c.Response().Committed {
			return
		}
		setHeaders(c.Response().Header(), known)
		if err := write(c, status, "application/problem+json", ProblemOf(known, id)); err != nil {
			log.DebugContext(c.Request().Context(), "the answer could not be written", "request_id", id, "error", err.Error())
		}
	}
}

// severity is low for what failed since the client went away: a page that was left is nobody's trouble.
func severity(c echo.Context, err error) slog.Level {
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		return slog.LevelDebug
	}
	return slog.LevelError
}

// ProblemOf gives the answer to a request with an id.
func ProblemOf(e *models.Error, requestID string) Problem {
	status := statusOf[e.Kind]
	return Problem{"about:blank", http.StatusText(status), status, e.Detail, e.Code, requestID, e.Fields}
}

func setHeaders(h http.Header, e *models.Error) {
	if e.Kind == models.Unauthenticated {
		h.Set(echo.HeaderWWWAuthenticate, "Bearer")
	}
	if e.RetryAfter > 0 {
		seconds := strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds())))
		h.Set(echo.HeaderRetryAfter, seconds)
		if e.Kind == models.TooManyRequests {
			h.Set("X-Retry-After", seconds)
		}
	}
}

// classify finds the domain's error in a chain, or the one that stands for Echo's own.
func classify(err error) *models.Error {
	var known *models.Error
	if errors.As(err, &known) {
		return known
	}
	var from *echo.HTTPError
	if errors.As(err, &from) {
		switch from.Code {
		case http.StatusNotFound:
			return models.ErrNotFound
		case http.StatusMethodNotAllowed:
			return models.ErrMethodNotAllowed
		case http.StatusRequestEntityTooLarge:
			return models.ErrTooLarge
		}
	}
	return models.ErrInternal
}

// answer writes v as JSON.
func answer(c echo.Context, status int, v any) error {
	return write(c, status, echo.MIMEApplicationJSON, v)
}

func write(c echo.Context, status int, contentType string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.Blob(status, contentType, text)
}
