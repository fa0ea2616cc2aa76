package handlers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/openapi"
)

// AuditStore keeps the audit trail; package database says what the method promises.
type AuditStore interface {
	List(ctx context.Context, filter models.AuditFilter, page models.Page) ([]models.AuditEvent, error)
}

// AdminAudit is the audit trail, for admins.
type AdminAudit struct {
	Audit   AuditStore
	Cursors *Cursors
}

// ListAudit is what the route of the trail says of itself.
var ListAudit = openapi.Operation{
	ID: "listAuditEvents", Summary: "List events", Answer: auditEventsAnswer{},
	Description: "Who signed in, was banned, changed a role; newest first.",
	Query: append(pageParameters(),
		textParameter("user", "On whom: a user's id."),
		textParameter("actor", "Who did it: a user's id."),
		openapi.Parameter{Name: "type", Description: "What happened.", Schema: enum(models.AuditType("").Enum()...)},
		timeParameter("since", "The first moment."),
		timeParameter("until", "The moment after the last."),
	),
}

type auditAnswer struct {
	ID             int64            `json:"id"`
	CreatedAt      time.Time        `json:"created_at"`
	Type           models.AuditType `json:"type"`
	UserID         *string          `json:"user_id"`
	ActorID        *string          `json:"actor_id"`
	ImpersonatorID *string          `json:"impersonator_id"`
	SessionID      *string          `json:"session_id"`
	IPAddress      *string          `json:"ip_address"`
	RequestID      *string          `json:"request_id"`
	Detail         *string          `json:"detail"`
}

type auditEventsAnswer struct {
	Events     []auditAnswer `json:"events"`
	NextCursor *string       `json:"next_cursor"`
}

// List gives a page of the events that the query's filters choose, newest first.
func (h *AdminAudit) List(c echo.Context) error {
	page, err := h.Cursors.page(c, "audit")
	if err != nil {
		return err
	}
	filter, err := auditFilter(c)
	if err != nil {
		return err
	}
	events, err := h.Audit.List(c.Request().Context(), filter, page)
	if err != nil {
		return err
	}
	list := auditEventsAnswer{Events: []auditAnswer{}}
	events, list.NextCursor = cut(h.Cursors, "audit", page, events, func(e *models.AuditEvent) models.Position {
		return models.Position{ID: strconv.FormatInt(e.ID, 10)}
	})
	for _, e := range events {
		list.Events = append(list.Events, auditAnswer(e))
	}
	return answer(c, http.StatusOK, list)
}

func auditFilter(c echo.Context) (f models.AuditFilter, err error) {
	kind := ""
	for _, text := range []struct {
		name string
		into *string
	}{{"user", &f.UserID}, {"actor", &f.ActorID}, {"type", &kind}} {
		if *text.into, err = queryText(c, text.name); err != nil {
			return f, err
		}
	}
	if f.Type = models.AuditType(kind); kind != "" && !f.Type.Known() {
		return f, models.BadRequestError("type is not the name of an event")
	}
	if f.Since, err = queryTime(c, "since"); err != nil {
		return f, err
	}
	f.Until, err = queryTime(c, "until")
	return f, err
}
