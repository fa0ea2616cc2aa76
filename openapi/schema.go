package openapi

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// Schemas makes schemas of Go types. Each named struct becomes one of the document's components.
type Schemas struct {
	// Limit writes a rule of a `validate` tag into a schema, max=200 say.
	Limit func(s *jsonschema.Schema, rule, number string) error
	// Components are the structs met so far.
	Components List[*jsonschema.Schema]
	types      map[string]reflect.Type
}

// Enum is a type of text with few values.
type Enum interface{ Enum() []string }

// Nullable is a type that stands for another one, or for null: Nullable gives a value of the other one.
type Nullable interface{ Nullable() any }

// Answer gives the schema of what is answered with v: every member is there, but for those with omitempty, and
// pointers may be null. More members may come some day.
func (s *Schemas) Answer(v any) (*jsonschema.Schema, error) { return s.of(reflect.TypeOf(v), answer) }

// Request gives the schema of what is read into v: members with rules are needed unless those begin with omit,
// all others may be null, and there are no more.
func (s *Schemas) Request(v any) (*jsonschema.Schema, error) { return s.of(reflect.TypeOf(v), request) }

// Form is Request for a form, which has no null.
func (s *Schemas) Form(v any) (*jsonschema.Schema, error) { return s.of(reflect.TypeOf(v), form) }

// use is what a type is described for.
type use int

const (
	answer use = iota
	request
	form
)

func (s *Schemas) of(t reflect.Type, u use) (*jsonschema.Schema, error) {
	if t.Kind() == reflect.Pointer { // first: a nil pointer has its type's methods, and cannot be asked
		return s.of(t.Elem(), u)
	}
	switch v := reflect.Zero(t).Interface().(type) {
	case time.Time:
		return &jsonschema.Schema{Type: "string", Format: "date-time"}, nil
	case Nullable:
		return s.of(reflect.TypeOf(v.Nullable()), u)
	case Enum:
		enum := &jsonschema.Schema{Type: "string"}
		for _, value := range v.Enum() {
			enum.Enum = append(enum.Enum, value)
		}
		return enum, nil
	}
	switch t.Kind() {
	case reflect.Slice:
		items, err := s.of(t.Elem(), u)
		return &jsonschema.Schema{Type: "array", Items: items}, err
	case reflect.Struct:
		return s.component(t, u)
	}
	return jsonschema.ForType(t, nil)
}

// component refers to a struct's schema. Its name is the type's, without what says that it is an answer.
func (s *Schemas) component(t reflect.Type, u use) (*jsonschema.Schema, error) {
	name := strings.TrimSuffix(t.Name(), "Answer")
	name = strings.ToUpper(name[:1]) + name[1:]
	ref := &jsonschema.Schema{Ref: "#/components/schemas/" + name}
	if known := s.types[name]; known == t {
		return ref, nil
	} else if known != nil {
		return nil, fmt.Errorf("the types %s and %s would both be named %s: rename one", known, t, name)
	}
	if s.types == nil {
		s.types = map[string]reflect.Type{}
	}
	s.types[name] = t
	s.Components.At(name) // before those it is made of
	object, err := s.object(t, u)
	*s.Components.At(name) = object
	return ref, err
}

func (s *Schemas) object(t reflect.Type, u use) (*jsonschema.Schema, error) {
	object := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}}
	if u != answer {
		object.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
	}
	for _, field := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		schema, err := s.member(field, u)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, field.Name, err)
		}
		object.Properties[name], object.PropertyOrder = schema, append(object.PropertyOrder, name)
		if u != answer && needed(field) || u == answer && !strings.Contains(options, "omitempty") {
			object.Required = append(object.Required, name)
		}
	}
	return object, nil
}

// needed says whether a request must have a member: its rules refuse the zero value, or its tag says so.
func needed(field reflect.StructField) bool {
	rules := field.Tag.Get("validate")
	return rules != "" && !strings.HasPrefix(rules, "omit") || field.Tag.Get("openapi") == "required"
}

func (s *Schemas) member(field reflect.StructField, u use) (*jsonschema.Schema, error) {
	schema, err := s.of(field.Type, u)
	if err != nil {
		return nil, err
	}
	for rule := range strings.SplitSeq(field.Tag.Get("validate"), ",") {
		rule, number, _ := strings.Cut(rule, "=")
		if rule == "required" && field.Type.Kind() != reflect.String {
			continue // what is needed may be empty where it can be told from what is missing
		}
		if rule != "" && !strings.HasPrefix(rule, "omit") {
			err = s.Limit(schema, rule, number)
		}
		if err != nil {
			return nil, err
		}
	}
	if example, given := field.Tag.Lookup("example"); given {
		schema.Examples = []any{literal(schema, example)}
	}
	schema.Description = field.Tag.Get("description")
	if u == request && !needed(field) || u == answer && field.Type.Kind() == reflect.Pointer {
		schema = orNull(schema)
	}
	return schema, nil
}

// literal is text as a value that the schema allows.
func literal(s *jsonschema.Schema, text string) any {
	if s.Type == "string" {
		return text
	}
	return json.RawMessage(text)
}

func orNull(s *jsonschema.Schema) *jsonschema.Schema {
	if s.Type == "" || s.Enum != nil {
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, {Type: "null"}}}
	}
	s.Types, s.Type = []string{s.Type, "null"}, ""
	return s
}

// Sample is a request's body made of its members' examples, or nil where they have none.
func (s *Schemas) Sample(ref *jsonschema.Schema) any {
	object := *s.Components.At(strings.TrimPrefix(ref.Ref, "#/components/schemas/"))
	var sample List[any]
	for _, name := range object.PropertyOrder {
		if examples := object.Properties[name].Examples; len(examples) > 0 {
			*sample.At(name) = examples[0]
		}
	}
	if len(sample) == 0 {
		return nil
	}
	return slices.Clip(sample)
}
