package handlers

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-playground/validator/v10"
	"github.com/google/jsonschema-go/jsonschema"

	"countersign/auth"
	"countersign/models"
)

// messages say what a rule wants, for people; %s is the rule's number.
var messages = map[string]string{
	"required": "is required",
	"address":  "is not an email address of at most 254 characters",
	"password": "must have 8 to 128 characters",
	"roles":    "must be role names with commas between them",
	"min":      "must have at least %s characters",
	"max":      "must have at most %s characters",
}

var rules = newRules()

func newRules() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		return strings.Split(f.Tag.Get("json"), ",")[0]
	})
	for name, holds := range map[string]func(string) bool{
		"address":  models.ValidEmail,
		"roles":    models.ValidRoles,
		"password": auth.ValidPassword,
	} {
		err := v.RegisterValidation(name, func(f validator.FieldLevel) bool { return holds(f.Field().String()) })
		if err != nil {
			panic(err) // only for a name that is empty or taken
		}
	}
	v.RegisterCustomTypeFunc(func(v reflect.Value) any {
		if o := v.Interface().(optional[string]); o.value != nil {
			return *o.value
		}
		return nil
	}, optional[string]{})
	return v
}

// check gives models.InvalidError with every field that breaks a rule.
func check(request any) error {
	var broken validator.ValidationErrors
	if !errors.As(rules.Struct(request), &broken) {
		return nil
	}
	var fields []models.FieldError
	for _, f := range broken {
		fields = append(fields, models.FieldError{
			Field: f.Field(), Message: strings.ReplaceAll(messages[f.Tag()], "%s", f.Param()),
		})
	}
	return models.InvalidError(fields...)
}

// Limit says a rule in the words of JSON Schema, for the API's description.
func Limit(s *jsonschema.Schema, rule, number string) error {
	n, _ := strconv.Atoi(number) // 0 for a rule that has none
	switch rule {
	case "required":
		s.MinLength = jsonschema.Ptr(1)
	case "min":
		s.MinLength = &n
	case "max":
		s.MaxLength = &n
	case "address":
		s.Pattern, s.MaxLength = models.EmailPattern, jsonschema.Ptr(models.MaxEmail)
	case "password":
		s.Format, s.MinLength, s.MaxLength = "password", jsonschema.Ptr(auth.MinPassword), jsonschema.Ptr(auth.MaxPassword)
	case "roles":
		s.Pattern = models.RolesPattern
	default:
		return fmt.Errorf("the API's description does not know the rule %q: say it in handlers.Limit", rule)
	}
	return nil
}
