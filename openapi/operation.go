// Package openapi is the model of an OpenAPI 3.1 document, and what handlers say of themselves for it. Package
// routes makes the document, of the table that serves the requests.
package openapi

import (
	"github.com/google/jsonschema-go/jsonschema"

	"countersign/models"
)

// Operation is what a handler says of itself. What follows from its path, guard and limit is added by package
// routes: path parameters, who may ask, and the errors that come of it.
type Operation struct {
	// ID names the operation in clients that are made from the document: it is never changed.
	ID string
	// Summary is a few words, Description what surprises; Markdown.
	Summary, Description string
	Query                []Parameter
	// Numbers are the path parameters that are whole numbers; the others are ids as text.
	Numbers []string
	// Body is a value of the struct that a JSON body is read into, nil where none is read; Form the same for a form.
	Body, Form any
	// BodyOptional lets a request be without its body.
	BodyOptional bool
	// Status is that of success, 200 where it is 0.
	Status int
	// Answer is a value of the struct that is answered, nil for an answer without a body.
	Answer any
	// Page says that the answer may also be a page of HTML, by the request's Accept.
	Page bool
	// Headers are those that a success has.
	Headers []string
	// Errors are those that do not follow from path, guard, limit and body.
	Errors []*models.Error
}

// Parameter is one value in the query.
type Parameter struct {
	Name, Description string
	Schema            *jsonschema.Schema
}
