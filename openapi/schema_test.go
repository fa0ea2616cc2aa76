package openapi_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"countersign/openapi"
)

type colour string

func (colour) Enum() []string { return []string{"red", "blue"} }

// maybe stands for text that may be missing.
type maybe struct{}

func (maybe) Nullable() any { return "" }

type innerAnswer struct {
	At time.Time `json:"at"`
}

type outerAnswer struct {
	ID     int64         `json:"id" example:"7" description:"Which."`
	Name   *string       `json:"name"`
	Colour *colour       `json:"colour"`
	Inner  *innerAnswer  `json:"inner"`
	List   []innerAnswer `json:"list"`
	Rare   string        `json:"rare,omitempty"`
}

type create struct {
	Title string  `json:"title" validate:"required,max=5" example:"T"`
	Text  *string `json:"text" validate:"required,max=9"`
	Note  maybe   `json:"note" validate:"omitempty,max=3"`
	Flag  bool    `json:"flag"`
	Email string  `json:"email" openapi:"required"`
}

// limit knows two rules.
func limit(s *jsonschema.Schema, rule, number string) error {
	switch rule {
	case "required":
		s.MinLength = jsonschema.Ptr(1)
	case "max":
		return json.Unmarshal([]byte(number), &s.MaxLength)
	default:
		return errors.New("no such rule")
	}
	return nil
}

func TestSchemas(t *testing.T) {
	const inner = `"Inner":{"type":"object","properties":{"at":{"type":"string","format":"date-time"}},"required":["at"]}`
	const body = `"title":{"type":"string","examples":["T"],"minLength":1,"maxLength":5},"text":{"type":"string","maxLength":9},`
	for name, c := range map[string]struct {
		make func(*openapi.Schemas) (*jsonschema.Schema, error)
		want string
	}{
		"answer": {
			func(s *openapi.Schemas) (*jsonschema.Schema, error) { return s.Answer(outerAnswer{}) },
			`{"Outer":{"type":"object","properties":{"id":{"type":"integer","description":"Which.","examples":[7]},"name":{"type":["string","null"]},` +
				`"colour":{"anyOf":[{"type":"string","enum":["red","blue"]},{"type":"null"}]},"inner":{"anyOf":[{"$ref":"#/components/schemas/Inner"},{"type":"null"}]},` +
				`"list":{"type":"array","items":{"$ref":"#/components/schemas/Inner"}},"rare":{"type":"string"}},"required":["id","name","colour","inner","list"]},` + inner + `}`,
		},
		"request": {
			func(s *openapi.Schemas) (*jsonschema.Schema, error) { return s.Request(create{}) },
			`{"Create":{"type":"object","properties":{` + body + `"note":{"type":["string","null"],"maxLength":3},"flag":{"type":["boolean","null"]},"email":{"type":"string"}},` +
				`"required":["title","text","email"],"additionalProperties":false}}`,
		},
		"form": {
			func(s *openapi.Schemas) (*jsonschema.Schema, error) { return s.Form(create{}) },
			`{"Create":{"type":"object","properties":{` + body + `"note":{"type":"string","maxLength":3},"flag":{"type":"boolean"},"email":{"type":"string"}},` +
				`"required":["title","text","email"],"additionalProperties":false}}`,
		},
	} {
		schemas := &openapi.Schemas{Limit: limit}
		if _, err := c.make(schemas); err != nil {
			t.Fatal(err)
		}
		if got := normal(t, schemas.Components); got != normal(t, json.RawMessage(c.want)) {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
}

// normal is JSON with the members of objects sorted.
func normal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	if text, err = json.Marshal(plain); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What cannot be said is an error, and not a document that says less.
func TestSchemasThatCannotBe(t *testing.T) {
	type odd struct {
		Name string `json:"name" validate:"odd"`
	}
	schemas := &openapi.Schemas{Limit: limit}
	if _, err := schemas.Request(odd{}); err == nil {
		t.Error("an unknown rule is left out")
	}
	type inner struct{}
	if _, err := schemas.Answer(innerAnswer{}); err != nil {
		t.Fatal(err)
	}
	if _, err := schemas.Answer(inner{}); err == nil {
		t.Error("two types have one name")
	}
}

func TestSample(t *testing.T) {
	schemas := &openapi.Schemas{Limit: limit}
	ref, err := schemas.Request(create{})
	if err != nil {
		t.Fatal(err)
	}
	if got := normal(t, schemas.Sample(ref)); got != `{"title":"T"}` {
		t.Error(got)
	}
}
