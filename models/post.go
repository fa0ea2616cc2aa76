package models

import "time"

// Post is a row of our own, and the example to copy for a resource of yours.
type Post struct {
	ID        int64
	Title     string
	Content   string
	Published bool
	// AuthorID is nil once the author's user is deleted.
	AuthorID  *string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// WrittenBy says whether the user with that id is the author.
func (p *Post) WrittenBy(userID string) bool { return p.AuthorID != nil && *p.AuthorID == userID }

// PostChange is what may be changed of a post. A nil member stays as it is.
type PostChange struct {
	Title     *string
	Content   *string
	Published *bool
}
