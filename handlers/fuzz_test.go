package handlers

import (
	"bytes"
	"encoding/base64"
	stdjson "encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"countersign/models"
)

// An address that is accepted is one that Better Auth takes too and that both databases compare alike.
func FuzzEmail(f *testing.F) {
	for _, email := range []string{
		"a@example.com", "A.b+c@ex-ample.co.uk", "a@b@example.com", "a@example.com\r\n", " a@example.com", "a@example.com\x00",
		"é@example.com", "a＠example.com", "a@example", ".a@example.com", "a..b@example.com", strings.Repeat("a", 243) + "@example.com", "\"a b\"@example.com",
	} {
		f.Add(email)
	}
	f.Fuzz(func(t *testing.T, email string) {
		if check(registerRequest{Email: email, Password: "12345678"}) != nil {
			return
		}
		local, domain, _ := strings.Cut(email, "@")
		odd := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"(),:;<>[\]%`, r) }
		if len(email) > 254 || strings.Count(email, "@") != 1 || strings.ContainsFunc(email, odd) {
			t.Fatalf("accepted %q", email)
		}
		if local == "" || local[0] == '.' || strings.Contains(email, "..") || !strings.Contains(domain, ".") {
			t.Fatalf("accepted %q", email)
		}
		if lower := strings.ToLower(email); len(lower) != len(email) || check(registerRequest{Email: lower, Password: "12345678"}) != nil {
			t.Fatalf("%q is not accepted in lower case", email)
		}
	})
}

type boundRequest struct {
	Name   optional[string] `json:"name"`
	Text   string           `json:"text"`
	Number *int             `json:"number"`
}

// A body that is bound is one JSON object of known members, each once, in UTF-8, without NUL in any text.
// encoding/json, which is laxer, must agree about what it says.
func FuzzBind(f *testing.F) {
	for _, body := range []string{
		`{}`, `{"text":"a"}`, `{"name":null,"number":1}`, `{"text":"a","text":"b"}`, `{"TEXT":"a"}`, `{"text":"a"}x`, `{"text":"\u0000"}`,
		"\ufeff{}", "{\"text\":\"\xff\"}", `[]`, `null`, `{"other":1}`, `{"name":{"a":1}}`, `{"text":"\ud800"}`, ``, strings.Repeat("[", 20000), `{"number":1e400}`,
	} {
		f.Add([]byte(body))
	}
	e := echo.New()
	f.Fuzz(func(t *testing.T, body []byte) {
		c := e.NewContext(httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body)), httptest.NewRecorder())
		got, err := bind[boundRequest](c)
		var known *models.Error
		if err != nil {
			if !errors.As(err, &known) || known.Kind != models.BadRequest && known.Kind != models.Invalid {
				t.Fatalf("%v for %q", err, body)
			}
			if strings.Contains(known.Detail, "handlers.") || !utf8.ValidString(known.Detail) {
				t.Fatalf("the detail is %q for %q", known.Detail, body)
			}
			return
		}
		var lax map[string]any
		if err := stdjson.Unmarshal(body, &lax); err != nil || !utf8.Valid(body) || len(lax) > 3 {
			t.Fatalf("bound %q", body)
		}
		for name := range lax {
			if !slices.Contains([]string{"name", "text", "number"}, name) {
				t.Fatalf("bound the unknown member %q", name)
			}
		}
		_, named := lax["name"]
		text, _ := lax["text"].(string)
		if named != got.Name.given || text != got.Text || (lax["number"] != nil) != (got.Number != nil) {
			t.Fatalf("bound %q as %+v", body, got)
		}
		if strings.ContainsRune(got.Text, 0) || got.Name.value != nil && strings.ContainsRune(*got.Name.value, 0) {
			t.Fatalf("bound NUL: %q", body)
		}
	})
}

// A cursor is read as it was given out, for the list and order it was given out for, and no other way.
func FuzzCursor(f *testing.F) {
	cursors, others := NewCursors([]byte("a secret")), NewCursors([]byte("another secret"))
	f.Add("users email false", "a@example.com", "id", 3, byte(1), "")
	f.Add("", "", "", 0, byte(0), "x")
	f.Add("posts", "2026-11-23T04:15:23.123Z", "7", 40, byte(0x80), "=")
	f.Fuzz(func(t *testing.T, list, value, id string, at int, flip byte, tail string) {
		if !utf8.ValidString(value) || !utf8.ValidString(id) {
			return // both are text from the database
		}
		want := models.Position{Value: value, ID: id}
		cursor := cursors.write(list, want)
		if got, err := cursors.read(list, cursor); err != nil || *got != want {
			t.Fatalf("%+v is read as %+v, %v", want, got, err)
		}
		raw, _ := base64.RawURLEncoding.DecodeString(cursor)
		touched := slices.Clone(raw)
		touched[uint(at)%uint(len(raw))] ^= flip
		for _, c := range []struct {
			cursors      *Cursors
			list, cursor string
			same         bool
		}{
			{cursors, list, base64.RawURLEncoding.EncodeToString(touched), flip == 0},
			{cursors, list, cursor + tail, tail == ""},
			{cursors, list, cursor[:uint(at)%uint(len(cursor))], false},
			{cursors, list + "x", cursor, false},
			{others, list, cursor, false},
			{cursors, list, tail, tail == cursor},
		} {
			if _, err := c.cursors.read(c.list, c.cursor); (err == nil) != c.same {
				t.Fatalf("%q for %q: %v", c.cursor, c.list, err)
			}
		}
	})
}

// Who sends no HTML by name gets JSON, whatever else Accept has in it.
func FuzzAccept(f *testing.F) {
	for _, accept := range []string{"", "*/*", "text/html", "text/html;q=0.5, application/json", "text/*", "text/html;q=x", ";", ",,;q", "TEXT/HTML", "text/html;q=-1,*/*"} {
		f.Add(accept)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Accept"] = []string{accept}
		if lower := strings.ToLower(accept); wantsPage(r) && !strings.Contains(lower, "html") && !strings.Contains(lower, "text/") {
			t.Errorf("%q is answered with a page", accept)
		}
	})
}
