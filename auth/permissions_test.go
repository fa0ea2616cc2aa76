package auth

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestReadPermissions(t *testing.T) {
	for text, want := range map[string]Permissions{
		`{"posts":["read","delete"],"users":[]}`: {"posts": {"read", "delete"}, "users": nil},
		`{"posts":"read","users":["list"]}`:      {"users": {"list"}},
		`{"posts":["read",1],"a":[null],"b":{}}`: {},
		`{"posts":null,"":["*"]}`:                {"": {"*"}},
		`{}`:                                     {},
		`null`:                                   {},
		``:                                       nil,
		`[]`:                                     nil,
		`"{\"posts\":[\"read\"]}"`:               nil,
		`{"posts":["read"]} {}`:                  nil,
		`{"posts":["read"],"posts":["delete"]}`:  nil,
		"{\"posts\":[\"\xff\"]}":                 nil,
	} {
		if got := readPermissions(&text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, want %#v", text, got, want)
		}
	}
	if got := readPermissions(nil); got != nil {
		t.Errorf("null: %#v", got)
	}
}

func TestMay(t *testing.T) {
	key := &Principal{Method: APIKey, Permissions: Permissions{"posts": {"read"}}}
	if !key.May("posts", "read") || key.May("posts", "delete") || key.May("users", "read") || key.May("", "") {
		t.Error("a key may do what it was given, and nothing else")
	}
	if (&Principal{Method: APIKey}).May("posts", "read") {
		t.Error("a key that was given nothing may do nothing")
	}
	if !(&Principal{Method: SessionCookie}).May("posts", "delete") {
		t.Error("a session is not limited by permissions")
	}
}

// Whatever stands in the column, only lists of texts come out of it.
func FuzzReadPermissions(f *testing.F) {
	for _, seed := range []string{`{"posts":["read"]}`, `{"a":[1]}`, `{"a":null}`, `[[[`, `{"a":["b"],"a":[]}`, "\x00", `{"":[""]}`, `{"a":{"b":["c"]}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var all map[string]any
		given := readPermissions(&text)
		if err := json.Unmarshal([]byte(text), &all); err != nil && len(given) > 0 {
			t.Fatalf("%q is not an object (%v) and gives %v", text, err, given)
		}
		for resource, actions := range given {
			list, _ := all[resource].([]any)
			if len(list) != len(actions) {
				t.Fatalf("%q gives %q %q", text, resource, actions)
			}
			for i, action := range actions {
				if list[i] != any(action) {
					t.Errorf("%q gives %q %q", text, resource, actions)
				}
			}
		}
	})
}
