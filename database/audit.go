package database

import (
	"cmp"
	"context"
	"strconv"

	"gorm.io/gorm"

	"countersign/models"
)

// Audit keeps the trail of what happened to users and their sessions.
type Audit struct{ db *DB }

// NewAudit makes the store.
func NewAudit(db *DB) *Audit { return &Audit{db} }

// Record writes an event that no change of a row goes with.
func (s *Audit) Record(ctx context.Context, event models.AuditEvent) error {
	return s.db.write(ctx, func(tx *gorm.DB, _ *Names) error { return record(tx, event) })
}

// record writes an event in the transaction of what it records. Who, from where and in which request is the
// context's; an actor that the event names itself counts where the context has none.
func record(tx *gorm.DB, event models.AuditEvent) error {
	actor := models.ActorFrom(tx.Statement.Context)
	event.ActorID = cmp.Or(orNull(actor.UserID), event.ActorID)
	event.ImpersonatorID = orNull(actor.ImpersonatorID)
	event.IPAddress = orNull(actor.IPAddress)
	event.RequestID = orNull(actor.RequestID)
	return tx.Create(&event).Error
}

// orNull gives nil for an empty text.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// List gives a page of the events that the filter chooses, newest first.
func (s *Audit) List(ctx context.Context, filter models.AuditFilter, page models.Page) ([]models.AuditEvent, error) {
	var events []models.AuditEvent
	err := s.db.read(ctx, func(tx *gorm.DB, _ *Names) error {
		if page.After != nil {
			after, err := strconv.ParseInt(page.After.ID, 10, 64)
			if err != nil {
				return models.BadRequestError("The cursor is not one of this list")
			}
			tx = tx.Where("id < ?", after)
		}
		return chooseEvents(tx, filter).Order("id DESC").Limit(page.Limit + 1).Find(&events).Error
	})
	return events, err
}

func chooseEvents(tx *gorm.DB, f models.AuditFilter) *gorm.DB {
	if f.UserID != "" {
		tx = tx.Where("user_id = ?", f.UserID)
	}
	if f.ActorID != "" {
		tx = tx.Where("actor_id = ?", f.ActorID)
	}
	if f.Type != "" {
		tx = tx.Where("type = ?", f.Type)
	}
	if f.Since != nil {
		tx = tx.Where("created_at >= ?", timestamp(*f.Since))
	}
	if f.Until != nil {
		tx = tx.Where("created_at < ?", timestamp(*f.Until))
	}
	return tx
}
