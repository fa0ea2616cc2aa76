package models

import (
	"strings"
	"time"
)

// Kind says what sort of thing went wrong; package handlers turns each into one HTTP status.
type Kind int

// The kinds of error, one for each status that the contract has.
const (
	// Internal is the zero value, so that an error nobody classified is never shown to a client.
	Internal Kind = iota
	BadRequest
	Unauthenticated
	Forbidden
	NotFound
	MethodNotAllowed
	Conflict
	TooLarge
	UnsupportedMedia
	Invalid
	TooManyRequests
	Unavailable
)

// Error is an error of the domain: Code is stable and for programs, Detail is for people and safe to show,
// Err is the cause and is only logged.
type Error struct {
	Kind       Kind
	Code       string
	Detail     string
	Fields     []FieldError
	RetryAfter time.Duration
	Err        error
}

// FieldError names one member of a request that is well-formed but wrong.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error gives the detail and the chain of causes, for the log.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Detail
	}
	return e.Detail + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is compares by code, so that errors.Is(err, ErrNotFound) holds for a copy that carries a cause.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// The errors of the contract. Each is a value to return as it is.
var (
	ErrNotAuthenticated  = &Error{Kind: Unauthenticated, Code: "not_authenticated", Detail: "Not authenticated"}
	ErrBadLogin          = &Error{Kind: Unauthenticated, Code: "bad_login", Detail: "Incorrect email or password"}
	ErrBadRefreshToken   = &Error{Kind: Unauthenticated, Code: "bad_refresh_token", Detail: "Invalid refresh token"}
	ErrUserNotFound      = &Error{Kind: Unauthenticated, Code: "user_not_found", Detail: "User not found"}
	ErrInactiveUser      = &Error{Kind: Forbidden, Code: "inactive_user", Detail: "Inactive user"}
	ErrCrossSite         = &Error{Kind: Forbidden, Code: "cross_site", Detail: "Origin not allowed"}
	ErrImpersonated      = &Error{Kind: Forbidden, Code: "impersonated", Detail: "Not possible while impersonating"}
	ErrEmailNotVerified  = &Error{Kind: Forbidden, Code: "email_not_verified", Detail: "Email not verified"}
	ErrTwoFactorRequired = &Error{Kind: Forbidden, Code: "two_factor_required", Detail: "Sign in where the second factor can be asked for"}
	ErrNotFound          = &Error{Kind: NotFound, Code: "not_found", Detail: "Not found"}
	ErrEmailTaken        = &Error{Kind: BadRequest, Code: "email_taken", Detail: "Email already registered"}
	ErrWrongPassword     = &Error{Kind: BadRequest, Code: "wrong_password", Detail: "Current password is incorrect"}
	ErrNoPassword        = &Error{Kind: Conflict, Code: "no_password", Detail: "This user has no password"}
	ErrLastAdmin         = &Error{Kind: Conflict, Code: "last_admin", Detail: "The last admin cannot be banned, demoted or deleted"}
	ErrSelf              = &Error{Kind: Conflict, Code: "self", Detail: "Nobody bans, demotes or deletes themselves"}
	ErrMethodNotAllowed  = &Error{Kind: MethodNotAllowed, Code: "method_not_allowed", Detail: "Method not allowed"}
	ErrTooLarge          = &Error{Kind: TooLarge, Code: "too_large", Detail: "The body is larger than 1 MiB"}
	ErrInternal          = &Error{Kind: Internal, Code: "internal", Detail: "Internal server error"}
	ErrBusy              = &Error{Kind: Unavailable, Code: "busy", Detail: "Too many passwords are being checked, try again shortly", RetryAfter: time.Second}
)

// BadRequestError says that a request cannot be read, and why.
func BadRequestError(detail string) *Error {
	return &Error{Kind: BadRequest, Code: "bad_request", Detail: detail}
}

// ContentTypeError says that a body is not of one of the media types that are read.
func ContentTypeError(types ...string) *Error {
	return &Error{Kind: UnsupportedMedia, Code: "content_type", Detail: "Send the body as " + strings.Join(types, " or ") + " in UTF-8, not compressed"}
}

// InvalidError says that a request was read and one or more of its members are wrong.
func InvalidError(fields ...FieldError) *Error {
	return &Error{Kind: Invalid, Code: "invalid", Detail: "Some fields are not valid", Fields: fields}
}

// StoreUnavailable says that a store could not answer. It is neither "no" nor "not found": who folds it
// into either logs people out whenever the database restarts.
func StoreUnavailable(err error) *Error {
	return &Error{Kind: Unavailable, Code: "store_unavailable", Detail: "The database cannot be asked, try again shortly", RetryAfter: 2 * time.Second, Err: err}
}

// KeysUnavailable says that the keys by which a token would be checked cannot be asked for. It is not "no":
// the token may be a good one.
func KeysUnavailable(err error) *Error {
	return &Error{Kind: Unavailable, Code: "store_unavailable", Detail: "The signing keys of Better Auth cannot be asked for, try again shortly", RetryAfter: 5 * time.Second, Err: err}
}

// ColumnsMissing says that the database's tables lack columns that an action would write.
func ColumnsMissing(table string, columns ...string) *Error {
	return &Error{Kind: Conflict, Code: "columns_missing", Detail: "The table " + table + " has no column " + strings.Join(columns, ", ") + ": add Better Auth's admin plugin and migrate there"}
}

// ColumnsUnfilled says that the database's tables want values that nobody was asked for.
func ColumnsUnfilled(table string, columns ...string) *Error {
	return &Error{Kind: Conflict, Code: "columns_missing", Detail: "Rows of the table " + table + " need a value for " + strings.Join(columns, ", ") + ", which has no default: sign up or in through Better Auth, or give it a default in the database"}
}

// RateLimited says that a client asked too often, and how long it should wait.
func RateLimited(wait time.Duration) *Error {
	return &Error{Kind: TooManyRequests, Code: "rate_limited", Detail: "Too many requests, try again later", RetryAfter: wait}
}

// RoleRequired says that any one of roles would do.
func RoleRequired(roles ...string) *Error {
	return &Error{Kind: Forbidden, Code: "role_required", Detail: "Required role: " + strings.Join(roles, " or ")}
}

// RolesRequired says that all of roles are needed.
func RolesRequired(roles ...string) *Error {
	return &Error{Kind: Forbidden, Code: "role_required", Detail: "Required roles: " + strings.Join(roles, ", ")}
}
