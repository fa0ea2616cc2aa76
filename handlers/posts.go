package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/auth"
	"countersign/database"
	"countersign/models"
	"countersign/openapi"
)

// Posts is the example to copy for a resource of yours: this file, its row in package models, its store in
// package database and its group in package routes.
type Posts struct {
	Posts   *database.Posts
	Policy  *auth.Policy
	Cursors *Cursors
}

// Editors may change and delete what others wrote.
var Editors = []string{"moderator", models.AdminRole}

// What the routes of posts say of themselves.
var (
	ListPosts = openapi.Operation{
		ID: "listPosts", Summary: "List posts", Query: pageParameters(), Answer: postsAnswer{},
		Description: "Published posts, newest first; for a user that user's drafts too.",
	}
	CreatePost = openapi.Operation{ID: "createPost", Summary: "Write a post", Body: postCreate{}, Status: http.StatusCreated, Answer: postAnswer{}, Headers: []string{"Location"}}
	GetPost    = openapi.Operation{
		ID: "getPost", Summary: "Read a post", Numbers: []string{"id"}, Answer: postAnswer{},
		Description: "A draft is 404 for everybody but its author, moderators and admins.",
	}
	UpdatePost = openapi.Operation{
		ID: "updatePost", Summary: "Change a post", Numbers: []string{"id"}, Body: postPatch{}, Answer: postAnswer{},
		Description: "For its author, moderators and admins.", Errors: []*models.Error{models.RoleRequired(Editors...)},
	}
	DeletePost = openapi.Operation{ID: "deletePost", Summary: "Delete a post", Numbers: []string{"id"}, Answer: deletedAnswer{}}
)

type postAnswer struct {
	ID        int64     `json:"id"`
	Title     string    `json:"title"`
	Content   string    `json:"content"`
	Published bool      `json:"published"`
	AuthorID  *string   `json:"author_id"`
	Mine      bool      `json:"mine"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func answerPost(p *models.Post, who *auth.Principal) postAnswer {
	mine := who != nil && p.WrittenBy(who.User.ID)
	return postAnswer{p.ID, p.Title, p.Content, p.Published, p.AuthorID, mine, p.CreatedAt, p.UpdatedAt}
}

type postsAnswer struct {
	Posts        []postAnswer `json:"posts"`
	Personalized bool         `json:"personalized"`
	UserID       string       `json:"user_id,omitempty"`
	NextCursor   *string      `json:"next_cursor"`
}

// List gives published posts, and to a user that user's drafts too.
func (h *Posts) List(c echo.Context) error {
	page, err := h.Cursors.page(c, "posts")
	if err != nil {
		return err
	}
	who := auth.PrincipalFrom(c.Request().Context())
	list := postsAnswer{Posts: []postAnswer{}}
	if who != nil {
		list.Personalized, list.UserID = true, who.User.ID
	}
	posts, err := h.Posts.List(c.Request().Context(), list.UserID, page)
	if err != nil {
		return err
	}
	posts, list.NextCursor = cut(h.Cursors, "posts", page, posts, func(p *models.Post) models.Position {
		return models.Position{ID: strconv.FormatInt(p.ID, 10)}
	})
	for i := range posts {
		list.Posts = append(list.Posts, answerPost(&posts[i], who))
	}
	return answer(c, http.StatusOK, list)
}

type postCreate struct {
	Title     string  `json:"title" validate:"required,max=200" example:"First post"`
	Content   *string `json:"content" validate:"required,max=100000" example:"Hello."`
	Published bool    `json:"published" example:"true"`
}

// Create stores a post of the user who is asking.
func (h *Posts) Create(c echo.Context) error {
	request, err := bind[postCreate](c)
	if err != nil {
		return err
	}
	who := auth.PrincipalFrom(c.Request().Context())
	post := models.Post{Title: request.Title, Content: *request.Content, Published: request.Published, AuthorID: &who.User.ID}
	if err := h.Posts.Create(c.Request().Context(), &post); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/api/posts/"+strconv.FormatInt(post.ID, 10))
	return answer(c, http.StatusCreated, answerPost(&post, who))
}

// Get gives a post; a draft is not there for everybody.
func (h *Posts) Get(c echo.Context) error {
	post, err := h.visible(c)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, answerPost(post, auth.PrincipalFrom(c.Request().Context())))
}

type postPatch struct {
	Title     *string `json:"title" validate:"omitnil,min=1,max=200" example:"A better title"`
	Content   *string `json:"content" validate:"omitnil,max=100000"`
	Published *bool   `json:"published"`
}

// Update changes a post for its author and for editors.
func (h *Posts) Update(c echo.Context) error {
	request, err := bind[postPatch](c)
	if err != nil {
		return err
	}
	post, err := h.visible(c)
	if err != nil {
		return err
	}
	who := auth.PrincipalFrom(c.Request().Context())
	if !post.WrittenBy(who.User.ID) && !h.Policy.HasAny(who, Editors...) {
		return models.RoleRequired(Editors...)
	}
	post, err = h.Posts.Update(c.Request().Context(), post.ID, models.PostChange(request))
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, answerPost(post, who))
}

type deletedAnswer struct {
	Deleted int64 `json:"deleted" example:"7"`
}

// Delete removes a post; the route lets editors only.
func (h *Posts) Delete(c echo.Context) error {
	id, err := numberParam(c, "id")
	if err != nil {
		return err
	}
	if err := h.Posts.Delete(c.Request().Context(), id); err != nil {
		return err
	}
	return answer(c, http.StatusOK, deletedAnswer{id})
}

// visible finds the post in the path. A draft is there for its author and for editors only.
func (h *Posts) visible(c echo.Context) (*models.Post, error) {
	id, err := numberParam(c, "id")
	if err != nil {
		return nil, err
	}
	post, err := h.Posts.ByID(c.Request().Context(), id)
	if err != nil {
		return nil, err
	}
	who := auth.PrincipalFrom(c.Request().Context())
	if !post.Published && (who == nil || !post.WrittenBy(who.User.ID) && !h.Policy.HasAny(who, Editors...)) {
		return nil, models.ErrNotFound
	}
	return post, nil
}

// numberParam reads a whole number from the path; what is none names nothing that is there.
func numberParam(c echo.Context, name string) (int64, error) {
	id, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != c.Param(name) {
		return 0, models.ErrNotFound
	}
	return id, nil
}
