package handlers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"countersign/models"
)

// bind reads a JSON body into a private request struct and checks its rules. Unknown and repeated members,
// trailing text, invalid UTF-8, a byte order mark and NUL in any string are refused with 400; names are
// compared exactly. What is well-formed and breaks a rule is 422 with every field named.
func bind[T any](c echo.Context) (T, error) {
	var request T
	text, err := body(c)
	if err != nil {
		return request, err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return request, models.BadRequestError("The body is empty, a JSON object is needed")
	}
	if !isObject(text) {
		return request, errNotObject
	}
	if err = json.Unmarshal(text, &request, json.RejectUnknownMembers(true)); err != nil {
		return request, badJSON(err)
	}
	return request, check(request)
}

// body reads a request's body. The limit is Echo's middleware's, whose error it lets through.
func body(c echo.Context) ([]byte, error) {
	text, err := io.ReadAll(c.Request().Body)
	var tooLarge *echo.HTTPError
	if err != nil && !errors.As(err, &tooLarge) {
		// The reader's own error names addresses.
		return nil, models.BadRequestError("The body could not be read to its end")
	}
	return text, err
}

// badJSON says where the body is wrong, without quoting it or naming Go's types.
func badJSON(err error) error {
	var wrong *json.SemanticError
	if errors.As(err, &wrong) && wrong.JSONPointer != "" {
		field := strings.TrimPrefix(string(wrong.JSONPointer), "/")
		if errors.Is(err, json.ErrUnknownName) {
			return models.BadRequestError(fmt.Sprintf("Unknown member %.40q", field))
		}
		return models.InvalidError(models.FieldError{Field: fmt.Sprintf("%.40s", field), Message: "is not of the right type"})
	}
	return errNotObject
}

var errNotObject = models.BadRequestError("The body is not one JSON object in UTF-8 with each member once and no NUL")

// isObject says whether text is one JSON object (RFC 7493: in UTF-8, each member once) without NUL in any
// string: PostgreSQL has no NUL in text and SQLite cuts text at it. It is asked before the members' types
// are, so that what is malformed is 400 even where a type is wrong too.
func isObject(text jsontext.Value) bool {
	if text.Kind() != '{' || !text.IsValid() {
		return false
	}
	for d := jsontext.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.ReadToken()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		if token.Kind() == '"' && strings.ContainsRune(token.String(), 0) {
			return false
		}
	}
}

// optional is a member that may be missing, null or given: missing leaves a value as it is, null clears it.
type optional[T any] struct {
	given bool
	value *T
}

// Nullable tells the API's description what the member is where it is not null.
func (optional[T]) Nullable() any { return *new(T) }

// UnmarshalJSONFrom is only called for a member that is there.
func (o *optional[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	o.given = true
	return json.UnmarshalDecode(d, &o.value)
}

// change is what a store wants: nil to leave, a pointer to nil to clear.
func (o optional[T]) change() **T {
	if !o.given {
		return nil
	}
	return &o.value
}
