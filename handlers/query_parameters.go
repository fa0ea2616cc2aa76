package handlers

import (
	"github.com/google/jsonschema-go/jsonschema"

	"countersign/openapi"
)

// pageParameters describe what page reads; sorts are the same.
func pageParameters(sorts ...string) []openapi.Parameter {
	all := []openapi.Parameter{
		{Name: "limit", Description: "At most so many; 20 without it.", Schema: &jsonschema.Schema{Type: "integer", Minimum: jsonschema.Ptr(1.0), Maximum: jsonschema.Ptr(float64(maxLimit))}},
		{Name: "cursor", Description: "`next_cursor` of the page before, in the same order.", Schema: &jsonschema.Schema{Type: "string"}},
	}
	if len(sorts) == 0 {
		return all
	}
	var orders []string
	for _, name := range sorts {
		orders = append(orders, name, "-"+name)
	}
	return append(all, openapi.Parameter{Name: "sort", Description: "`" + sorts[0] + "` without it; `-` before a name is descending.", Schema: enum(orders...)})
}

func enum(values ...string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, v)
	}
	return s
}

func textParameter(name, description string) openapi.Parameter {
	return openapi.Parameter{Name: name, Description: description, Schema: &jsonschema.Schema{Type: "string", MaxLength: jsonschema.Ptr(maxQueryText)}}
}

func timeParameter(name, description string) openapi.Parameter {
	return openapi.Parameter{Name: name, Description: description, Schema: &jsonschema.Schema{Type: "string", Format: "date-time"}}
}
