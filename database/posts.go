package database

import (
	"context"
	"errors"
	"strconv"

	"gorm.io/gorm"

	"countersign/models"
)

// Posts keeps posts.
type Posts struct{ db *DB }

// NewPosts makes the store.
func NewPosts(db *DB) *Posts { return &Posts{db} }

// Create stores a post and fills in its id and times; models.ErrNotAuthenticated when its author was deleted
// a moment ago.
func (s *Posts) Create(ctx context.Context, post *models.Post) error {
	return s.db.write(ctx, func(tx *gorm.DB, _ *Names) error {
		err := tx.Create(post).Error
		if errors.Is(err, gorm.ErrForeignKeyViolated) {
			return models.ErrNotAuthenticated
		}
		return err
	})
}

// ByID gives a post, published or not; models.ErrNotFound.
func (s *Posts) ByID(ctx context.Context, id int64) (*models.Post, error) {
	var post models.Post
	err := s.db.read(ctx, func(tx *gorm.DB, _ *Names) error {
		return tx.Where("id = ?", id).Take(&post).Error
	})
	return &post, err
}

// List gives published posts and the drafts of the user with that id, newest first; an empty id adds no drafts.
func (s *Posts) List(ctx context.Context, userID string, page models.Page) ([]models.Post, error) {
	var posts []models.Post
	err := s.db.read(ctx, func(tx *gorm.DB, _ *Names) error {
		visible := tx.Where("published")
		if userID != "" {
			visible = tx.Where("(published OR author_id = ?)", userID)
		}
		if page.After != nil {
			after, err := strconv.ParseInt(page.After.ID, 10, 64)
			if err != nil {
				return models.BadRequestError("The cursor is not one of this list")
			}
			visible = visible.Where("id < ?", after)
		}
		return visible.Order("id DESC").Limit(page.Limit + 1).Find(&posts).Error
	})
	return posts, err
}

// Update changes a post; models.ErrNotFound.
func (s *Posts) Update(ctx context.Context, id int64, change models.PostChange) (*models.Post, error) {
	var post models.Post
	err := s.db.write(ctx, func(tx *gorm.DB, _ *Names) error {
		values := map[string]any{"UpdatedAt": timestamp(s.db.clock())}
		set(values, "Title", change.Title)
		set(values, "Content", change.Content)
		set(values, "Published", change.Published)
		if err := tx.Model(&models.Post{}).Where("id = ?", id).Updates(values).Error; err != nil {
			return err
		}
		return tx.Where("id = ?", id).Take(&post).Error
	})
	return &post, err
}

// Delete removes a post; models.ErrNotFound.
func (s *Posts) Delete(ctx context.Context, id int64) error {
	return s.db.write(ctx, func(tx *gorm.DB, _ *Names) error {
		r := tx.Where("id = ?", id).Delete(&models.Post{})
		if r.Error == nil && r.RowsAffected == 0 {
			return models.ErrNotFound
		}
		return r.Error
	})
}
