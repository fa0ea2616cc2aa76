package openapi

import (
	"bytes"
	"encoding/json"

	"github.com/google/jsonschema-go/jsonschema"
)

// Document is an OpenAPI document (https://spec.openapis.org/oas/v3.1.1), as far as the program needs one.
type Document struct {
	OpenAPI    string         `json:"openapi"`
	Info       Info           `json:"info"`
	Servers    []Server       `json:"servers"`
	Tags       []Tag          `json:"tags"`
	Paths      List[PathItem] `json:"paths"`
	Components Components     `json:"components"`
}

// Info says what the API is.
type Info struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

// Server is where the API is.
type Server struct {
	URL string `json:"url"`
}

// Tag is a group of operations.
type Tag struct {
	Name string `json:"name"`
}

// PathItem has a path's operations by method, in lower case.
type PathItem = List[DocumentOperation]

// DocumentOperation is one method of a path.
type DocumentOperation struct {
	OperationID string                `json:"operationId,omitempty"`
	Summary     string                `json:"summary,omitempty"`
	Description string                `json:"description,omitempty"`
	Tags        []string              `json:"tags"`
	Guard       string                `json:"x-guard"`
	Security    []map[string][]string `json:"security"`
	Parameters  []DocumentParameter   `json:"parameters,omitempty"`
	RequestBody *RequestBody          `json:"requestBody,omitempty"`
	Responses   map[string]any        `json:"responses"` // Response or Reference
}

// DocumentParameter is a value in the path or the query.
type DocumentParameter struct {
	Name            string             `json:"name"`
	In              string             `json:"in"`
	Description     string             `json:"description,omitempty"`
	Required        bool               `json:"required,omitempty"`
	AllowEmptyValue bool               `json:"allowEmptyValue,omitempty"`
	Schema          *jsonschema.Schema `json:"schema"`
}

// RequestBody is what may be sent, by media type.
type RequestBody struct {
	Required bool            `json:"required"`
	Content  List[MediaType] `json:"content"`
}

// Reference stands for a component.
type Reference struct {
	Ref string `json:"$ref"`
}

// Response is one answer.
type Response struct {
	Description string               `json:"description"`
	Headers     map[string]Reference `json:"headers,omitempty"`
	Content     map[string]MediaType `json:"content,omitempty"`
}

// MediaType is a body of one type.
type MediaType struct {
	Schema   *jsonschema.Schema `json:"schema"`
	Examples List[Example]      `json:"examples,omitempty"`
}

// Example is a body as it may be sent or come.
type Example struct {
	Summary string `json:"summary,omitempty"`
	Value   any    `json:"value"`
}

// Components are what others refer to.
type Components struct {
	Schemas         List[*jsonschema.Schema]  `json:"schemas"`
	Responses       map[string]Response       `json:"responses"`
	Headers         map[string]Header         `json:"headers"`
	SecuritySchemes map[string]SecurityScheme `json:"securitySchemes"`
}

// Header is a header of answers.
type Header struct {
	Description string             `json:"description"`
	Schema      *jsonschema.Schema `json:"schema"`
}

// SecurityScheme is a kind of credential.
type SecurityScheme struct {
	Type        string `json:"type"`
	Description string `json:"description"`
	Name        string `json:"name,omitempty"`
	In          string `json:"in,omitempty"`
	Scheme      string `json:"scheme,omitempty"`
}

// List is a JSON object that keeps its members' order: a reader of the document meets things as the route table
// and the structs have them.
type List[V any] []Member[V]

// Member is one member of a List.
type Member[V any] struct {
	Name  string
	Value V
}

// At gives the place of a member's value; it adds one that is not there.
func (l *List[V]) At(name string) *V {
	for i := range *l {
		if (*l)[i].Name == name {
			return &(*l)[i].Value
		}
	}
	*l = append(*l, Member[V]{Name: name})
	return &(*l)[len(*l)-1].Value
}

// MarshalJSON writes the members in their order.
func (l List[V]) MarshalJSON() ([]byte, error) {
	text := bytes.NewBufferString("{")
	for i, m := range l {
		name, err := json.Marshal(m.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.Value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text.WriteByte(',')
		}
		text.Write(append(append(name, ':'), value...))
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}
