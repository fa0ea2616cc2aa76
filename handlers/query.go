package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"countersign/models"
)

const (
	defaultLimit = 20
	maxLimit     = 100
	macLength    = 16
	maxQueryText = 200
)

// Cursors writes the place where a page ended as text that a client hands back. It is signed, so that only
// what was given out is taken, and only for the list and the order that it was given out for.
type Cursors struct{ key []byte }

// NewCursors derives a key of its own from the secret: no cursor is ever a valid signature elsewhere.
func NewCursors(secret []byte) *Cursors {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("countersign cursor"))
	return &Cursors{h.Sum(nil)}
}

func (s *Cursors) mac(list string, text []byte) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(list + "\x00"))
	h.Write(text)
	return h.Sum(nil)[:macLength]
}

func (s *Cursors) write(list string, p models.Position) string {
	text, _ := json.Marshal(p) // two strings
	return base64.RawURLEncoding.EncodeToString(append(s.mac(list, text), text...))
}

func (s *Cursors) read(list, cursor string) (*models.Position, error) {
	wrong := models.BadRequestError("The cursor is not one of this list")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	// The decoder passes over line breaks.
	if err != nil || strings.ContainsAny(cursor, "\r\n") || len(raw) < macLength || !hmac.Equal(raw[:macLength], s.mac(list, raw[macLength:])) {
		return nil, wrong
	}
	var p models.Position
	if err := json.Unmarshal(raw[macLength:], &p); err != nil {
		return nil, wrong
	}
	return &p, nil
}

// page reads limit, cursor and sort from the query. The first of sorts is the order without one; none means
// that the list has one order only.
func (s *Cursors) page(c echo.Context, list string, sorts ...string) (models.Page, error) {
	page := models.Page{Limit: defaultLimit}
	if err := wellFormed(c); err != nil {
		return page, err
	}
	if text := c.QueryParam("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxLimit {
			return page, models.BadRequestError("limit must be a number from 1 to 100")
		}
		page.Limit = n
	}
	if len(sorts) > 0 {
		sort := c.QueryParam("sort")
		if sort == "" {
			sort = sorts[0]
		}
		page.Sort, page.Descending = strings.CutPrefix(sort, "-")
		if !slices.Contains(sorts, page.Sort) {
			return page, models.BadRequestError("sort must be one of " + strings.Join(sorts, ", ") + ", with - before it for descending")
		}
	}
	var err error
	if cursor := c.QueryParam("cursor"); cursor != "" {
		page.After, err = s.read(orderOf(list, page), cursor)
	}
	return page, err
}

func orderOf(list string, p models.Page) string {
	return list + " " + p.Sort + " " + strconv.FormatBool(p.Descending)
}

// cut takes the row too many off a list and gives the cursor of the next page, nil where there is none.
func cut[T any](s *Cursors, list string, p models.Page, rows []T, position func(*T) models.Position) ([]T, *string) {
	if len(rows) <= p.Limit {
		return rows, nil
	}
	rows = rows[:p.Limit]
	cursor := s.write(orderOf(list, p), position(&rows[len(rows)-1]))
	return rows, &cursor
}

// wellFormed refuses a query of which Echo would read a part and say nothing: it drops a pair with a
// semicolon or a broken escape, and takes the first of several with one name.
func wellFormed(c echo.Context) error {
	values, err := url.ParseQuery(c.Request().URL.RawQuery)
	for _, given := range values {
		if len(given) > 1 {
			err = errors.New("repeated")
		}
	}
	if err != nil {
		return models.BadRequestError("The query must be percent-encoded and have each name once")
	}
	return nil
}

// queryText reads one query value of at most 200 characters that both databases can compare.
func queryText(c echo.Context, name string) (string, error) {
	text := c.QueryParam(name)
	if utf8.RuneCountInString(text) > maxQueryText || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", models.BadRequestError(name + " must be text of at most 200 characters")
	}
	return text, nil
}

// queryBool reads true or false; nil where the query has none.
func queryBool(c echo.Context, name string) (*bool, error) {
	switch c.QueryParam(name) {
	case "":
		return nil, nil
	case "true":
		yes := true
		return &yes, nil
	case "false":
		no := false
		return &no, nil
	}
	return nil, models.BadRequestError(name + " must be true or false")
}

// queryTime reads a moment; nil where the query has none.
func queryTime(c echo.Context, name string) (*time.Time, error) {
	text := c.QueryParam(name)
	if text == "" {
		return nil, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, models.BadRequestError(name + " must be a time as 2026-11-23T09:30:00Z, with + written as %2B")
	}
	return &at, nil
}

// moment is a time as text that compares as the time does.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
