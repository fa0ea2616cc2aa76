package database

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/models"
)

// Users keeps Better Auth's user table.
type Users struct {
	db *DB
	// adminIDs are users who are admins whatever their role.
	adminIDs []string
}

// NewUsers makes the store; adminIDs count as admins when the last one is protected.
func NewUsers(db *DB, adminIDs []string) *Users { return &Users{db, adminIDs} }

// ByID gives a user; models.ErrNotFound.
func (s *Users) ByID(ctx context.Context, id string) (*models.User, error) {
	var user models.User
	err := s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		return tx.Select(n.Fields("User")).Where(n.SQL("{User.ID} = ?"), n.id("User", id)).Take(&user).Error
	})
	return &user, err
}

// ByEmail gives the user with that address, which is stored in lower case; models.ErrNotFound.
func (s *Users) ByEmail(ctx context.Context, email string) (*models.User, error) {
	var user models.User
	err := s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		return tx.Select(n.Fields("User")).Where(n.SQL("{User.Email} = ?"), email).Take(&user).Error
	})
	return &user, err
}

// sortable are the columns a list of users may be sorted by, as the contract names them.
var sortable = map[string]string{"created_at": "CreatedAt", "email": "Email", "name": "Name"}

// List gives a page of the users that the filter chooses, and how many it chooses in all.
func (s *Users) List(ctx context.Context, filter models.UserFilter, page models.Page) ([]models.User, int64, error) {
	var users []models.User
	var total int64
	err := s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		chosen := s.filter(tx.Model(&models.User{}), n, filter)
		if err := chosen.Session(&gorm.Session{}).Count(&total).Error; err != nil {
			return err
		}
		field := sortable[page.Sort]
		after, err := n.position(page.After, field == "CreatedAt")
		if err != nil {
			return err
		}
		list := paged(chosen.Select(n.Fields("User")), page, after, n.SQL("{User."+field+"}"), n.SQL("{User.ID}"))
		return list.Find(&users).Error
	})
	return users, total, err
}

func (s *Users) filter(tx *gorm.DB, n *Names, f models.UserFilter) *gorm.DB {
	if f.Query != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(f.Query)) + "%"
		tx = tx.Where(n.SQL(`(lower({User.Email}) LIKE ? ESCAPE '\' OR lower({User.Name}) LIKE ? ESCAPE '\')`), like, like)
	}
	if f.Role != "" {
		role, args := n.hasRole(f.Role)
		tx = tx.Where(role, args...)
	}
	if f.Banned != nil {
		banned, args := n.banned(timestamp(s.db.clock()))
		if !*f.Banned {
			banned = "NOT " + banned
		}
		tx = tx.Where(banned, args...)
	}
	return tx
}

// Update changes a user's own profile; models.ErrNotFound.
func (s *Users) Update(ctx context.Context, id string, change models.UserChange) (*models.User, error) {
	var user models.User
	err := s.db.change(ctx, id, func(tx *gorm.DB, n *Names) error {
		return s.update(tx, n, id, change, &user)
	})
	return &user, err
}

// Administer changes a user for an admin. A ban ends the user's sessions. models.ErrNotFound, or
// models.ErrLastAdmin when nobody would be left to administer.
func (s *Users) Administer(ctx context.Context, id string, change models.UserChange) (*models.User, error) {
	var user models.User
	err := s.db.change(ctx, id, func(tx *gorm.DB, n *Names) error {
		if err := requireAdminColumns(n, change); err != nil {
			return err
		}
		was, other, err := s.beforeChange(tx, n, id)
		if err != nil {
			return err
		}
		if change.Banned == nil && (change.BanReason != nil || change.BanExpires != nil) && !was.BannedAt(s.db.clock()) {
			return models.InvalidError(models.FieldError{Field: "banned", Message: "must be true: the user is not banned"})
		}
		if err := s.update(tx, n, id, change, &user); err != nil {
			return err
		}
		if s.administers(was) && !s.administers(&user) && !other {
			return models.ErrLastAdmin
		}
		if user.BannedAt(s.db.clock()) {
			if err := endAll(tx, n, id, ""); err != nil {
				return err
			}
		}
		return s.recordChange(tx, was, &user, change)
	})
	return &user, err
}

// recordChange records what of a change decides about what the user may do.
func (s *Users) recordChange(tx *gorm.DB, was, is *models.User, change models.UserChange) error {
	var events []models.AuditEvent
	if was.RoleText() != is.RoleText() {
		detail := was.RoleText() + " to " + is.RoleText()
		events = append(events, models.AuditEvent{Type: models.AuditRoleChanged, Detail: &detail})
	}
	before, now := was.BannedAt(s.db.clock()), is.BannedAt(s.db.clock())
	switch {
	case now && (change.Banned != nil || change.BanReason != nil || change.BanExpires != nil):
		detail := "without an end"
		if is.BanExpires != nil {
			detail = "until " + is.BanExpires.UTC().Format(time.RFC3339)
		}
		events = append(events, models.AuditEvent{Type: models.AuditBanned, Detail: &detail})
	case before && !now:
		events = append(events, models.AuditEvent{Type: models.AuditUnbanned})
	}
	for _, event := range events {
		event.UserID = &is.ID
		if err := record(tx, event); err != nil {
			return err
		}
	}
	return nil
}

// Delete removes a user, the user's sessions and accounts; models.ErrNotFound, models.ErrLastAdmin.
// Better Auth's foreign keys would take the rest along, but not every project's tables have them.
func (s *Users) Delete(ctx context.Context, id string) error {
	return s.db.change(ctx, id, func(tx *gorm.DB, n *Names) error {
		was, other, err := s.beforeChange(tx, n, id)
		if err != nil {
			return err
		}
		if s.administers(was) && !other {
			return models.ErrLastAdmin
		}
		for _, step := range []*gorm.DB{
			tx.Where(n.SQL("{Account.UserID} = ?"), n.id("User", id)).Delete(&models.Account{}),
			tx.Where(n.SQL("{Session.UserID} = ?"), n.id("User", id)).Delete(&models.Session{}),
			tx.Where(n.SQL("{User.ID} = ?"), n.id("User", id)).Delete(&models.User{}),
		} {
			if step.Error != nil {
				return step.Error
			}
		}
		return record(tx, models.AuditEvent{Type: models.AuditUserDeleted, UserID: &id})
	})
}

// beforeChange gives a user and whether another one is an admin. It locks the admins' rows until the
// transaction ends, so that two admins cannot demote each other at the same moment.
func (s *Users) beforeChange(tx *gorm.DB, n *Names, id string) (user *models.User, otherAdmin bool, err error) {
	var admins []models.User
	lock := clause.Locking{Strength: "UPDATE"}
	role, args := n.hasRole(models.AdminRole)
	ids := []any{n.id("User", id)}
	for _, admin := range s.adminIDs {
		ids = append(ids, n.id("User", admin))
	}
	err = tx.Clauses(lock).Select(n.Fields("User")).Where(role+n.SQL(" OR {User.ID} IN ?"), append(args, ids)...).
		Order(n.SQL("{User.ID}")).Find(&admins).Error
	for i, u := range admins {
		if u.ID == id {
			user = &admins[i]
		} else if s.administers(&u) {
			otherAdmin = true
		}
	}
	if user == nil && err == nil {
		err = models.ErrNotFound
	}
	return user, otherAdmin, err
}

// administers says whether a user can act as an admin now.
func (s *Users) administers(u *models.User) bool {
	admin := slices.Contains(u.Roles(), models.AdminRole) || slices.Contains(s.adminIDs, u.ID)
	return admin && !u.BannedAt(s.db.clock())
}

func (s *Users) update(tx *gorm.DB, n *Names, id string, change models.UserChange, after *models.User) error {
	values := map[string]any{"UpdatedAt": timestamp(s.db.clock())}
	set(values, "Name", change.Name)
	set(values, "Image", change.Image)
	set(values, "Role", change.Role)
	set(values, "Banned", change.Banned)
	set(values, "BanReason", change.BanReason)
	set(values, "BanExpires", change.BanExpires)
	r := tx.Model(&models.User{}).Where(n.SQL("{User.ID} = ?"), n.id("User", id)).Updates(values)
	var pg *pgconn.PgError
	if errors.As(r.Error, &pg) && pg.Code == "22P02" && change.Role != nil { // the column is an enum
		return models.InvalidError(models.FieldError{Field: "role", Message: "is not one that the database allows"})
	}
	if r.Error != nil {
		return r.Error
	}
	return tx.Select(n.Fields("User")).Where(n.SQL("{User.ID} = ?"), n.id("User", id)).Take(after).Error
}

// set adds a change to an UPDATE when it is there.
func set[T any](values map[string]any, field string, change *T) {
	if change != nil {
		values[field] = *change
	}
}

func requireAdminColumns(n *Names, change models.UserChange) error {
	var missing []string
	for _, c := range []struct {
		field  string
		wanted bool
	}{
		{"Role", change.Role != nil}, {"Banned", change.Banned != nil},
		{"BanReason", change.BanReason != nil}, {"BanExpires", change.BanExpires != nil},
	} {
		if c.wanted && !n.Has("User", c.field) {
			missing = append(missing, n.column("User", c.field))
		}
	}
	if missing != nil {
		return models.ColumnsMissing(n.TableName("User"), missing...)
	}
	return nil
}
