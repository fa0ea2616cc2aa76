package auth

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Permissions are what an API key may do: actions by resource.
type Permissions map[string][]string

// May says whether the principal may do something to a resource, as far as its credential limits it. Only an
// API key does, to the permissions it was given, and one that was given none may do nothing. Who comes by a
// session or a token is not limited here: what they may do follows from their roles.
func (p *Principal) May(resource, action string) bool {
	return p.Method != APIKey || slices.Contains(p.Permissions[resource], action)
}

// readPermissions reads what the API-key plugin keeps as JSON text. Whatever is not a list of texts is no
// permission, and neither is anything in text that is not one JSON object with each member once.
func readPermissions(text *string) Permissions {
	var resources map[string]jsontext.Value
	if text == nil || json.Unmarshal([]byte(*text), &resources) != nil {
		return nil
	}
	all := Permissions{}
	for resource, value := range resources {
		if actions, ok := texts(value); ok {
			all[resource] = actions
		}
	}
	return all
}

func texts(value jsontext.Value) (all []string, ok bool) {
	var elements []any
	if value.Kind() != '[' || json.Unmarshal(value, &elements) != nil {
		return nil, false
	}
	for _, e := range elements {
		text, ok := e.(string)
		if !ok {
			return nil, false
		}
		all = append(all, text)
	}
	return all, true
}
