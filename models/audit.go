package models

import (
	"context"
	"slices"
	"time"
)

// AuditType names what happened to a user or a session.
type AuditType string

// The events of the audit trail.
const (
	AuditRegistered           AuditType = "registered"
	AuditSignedIn             AuditType = "signed_in"
	AuditSignInFailed         AuditType = "sign_in_failed"
	AuditRefreshed            AuditType = "refreshed"
	AuditRefreshReused        AuditType = "refresh_reused"
	AuditSignedOut            AuditType = "signed_out"
	AuditSessionEnded         AuditType = "session_ended"
	AuditPasswordChanged      AuditType = "password_changed"
	AuditPasswordChangeFailed AuditType = "password_change_failed"
	AuditRoleChanged          AuditType = "role_changed"
	AuditBanned               AuditType = "banned"
	AuditUnbanned             AuditType = "unbanned"
	AuditUserDeleted          AuditType = "user_deleted"
)

// AuditTypes are all of them.
var AuditTypes = []AuditType{
	AuditRegistered, AuditSignedIn, AuditSignInFailed, AuditRefreshed, AuditRefreshReused, AuditSignedOut, AuditSessionEnded,
	AuditPasswordChanged, AuditPasswordChangeFailed, AuditRoleChanged, AuditBanned, AuditUnbanned, AuditUserDeleted,
}

// Enum gives the names of all types.
func (AuditType) Enum() []string {
	names := make([]string, len(AuditTypes))
	for i, t := range AuditTypes {
		names[i] = string(t)
	}
	return names
}

// Known says whether there is such a type.
func (t AuditType) Known() bool { return slices.Contains(AuditTypes, t) }

// AuditEvent is a row of our own: something that happened to a user's account. It outlives the user, and holds
// neither a credential nor what somebody typed as one.
type AuditEvent struct {
	ID        int64
	CreatedAt time.Time
	Type      AuditType
	// UserID is on whom; nil when nobody has the address that was tried.
	UserID *string
	// ActorID is who did it; nil for somebody who proved nothing, and for the command line.
	ActorID *string
	// ImpersonatorID is the admin who acted as the actor.
	ImpersonatorID *string
	SessionID      *string
	// IPAddress and RequestID are nil for the command line.
	IPAddress *string
	RequestID *string
	// Detail says more: a new role, why a sign-in failed.
	Detail *string
}

// AuditFilter chooses events; its zero value chooses all of them.
type AuditFilter struct {
	UserID, ActorID string
	Type            AuditType
	// Since is the first moment and Until the one after the last.
	Since, Until *time.Time
}

// Actor is who a change comes from, as far as it is known; every member may be empty.
type Actor struct{ UserID, ImpersonatorID, IPAddress, RequestID string }

type actorKey struct{}

// WithActor gives a context that carries who is acting: the stores write it into the audit trail.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom gives who is acting; the zero Actor where nobody said.
func ActorFrom(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}
