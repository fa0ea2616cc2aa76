package handlers

import (
	"net/http"

	"github.com/google/jsonschema-go/jsonschema"

	"countersign/models"
	"countersign/openapi"
)

// userSorts are the orders of the list of users.
var userSorts = []string{"created_at", "email", "name"}

// What the routes of an admin's users say of themselves.
var (
	ListUsers = openapi.Operation{
		ID: "listUsers", Summary: "List users", Answer: usersAnswer{},
		Query: append(pageParameters(userSorts...),
			textParameter("q", "The e-mail address or the name contains it, literally, case ignored."),
			textParameter("role", "The name of one of the user's roles."),
			openapi.Parameter{Name: "banned", Description: "Whether the user is banned now.", Schema: &jsonschema.Schema{Type: "boolean"}},
		),
	}
	GetUser    = openapi.Operation{ID: "getUser", Summary: "Read a user", Answer: userAnswer{}}
	UpdateUser = openapi.Operation{
		ID: "updateUser", Summary: "Change or ban a user", Body: userPatch{}, Answer: userAnswer{},
		Description: "A ban ends the user's sessions. Nobody bans or demotes themselves, or the last admin.",
		Errors:      []*models.Error{models.ErrSelf, models.ErrLastAdmin, models.ColumnsMissing("user", "banned")},
	}
	DeleteUser = openapi.Operation{
		ID: "deleteUser", Summary: "Delete a user", Status: http.StatusNoContent,
		Description: "The user's sessions and accounts go too, posts stay without an author. Nobody deletes themselves, or the last admin.",
		Errors:      []*models.Error{models.ErrSelf, models.ErrLastAdmin},
	}
	ListUserSessions = openapi.Operation{ID: "listUserSessions", Summary: "List a user's sessions", Answer: sessionsAnswer{}}
	EndUserSessions  = openapi.Operation{ID: "endUserSessions", Summary: "End a user's sessions", Status: http.StatusNoContent}
	EndUserSession   = openapi.Operation{ID: "endUserSession", Summary: "End one of a user's sessions", Status: http.StatusNoContent}
)
