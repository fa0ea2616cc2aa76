package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/models"
)

// Sessions keeps Better Auth's session table.
type Sessions struct {
	db      *DB
	byToken gather[string, *sessionAndUser]
}

type sessionAndUser struct {
	session models.Session
	user    models.User
}

// NewSessions makes the store.
func NewSessions(db *DB) *Sessions {
	s := &Sessions{db: db}
	s.byToken.lookUp = s.byTokens
	return s
}

// Gathered is how many statements were made to find sessions by their tokens, and how many tokens they had together.
func (s *Sessions) Gathered() (statements, tokens uint64) {
	return s.byToken.statements.Load(), s.byToken.keys.Load()
}

// ByToken gives a session and its user in one statement; models.ErrNotFound. Expiry and bans are not looked at.
// Look-ups that come while others are under way share a statement.
func (s *Sessions) ByToken(ctx context.Context, token models.Secret) (*models.Session, *models.User, error) {
	found, ok, err := s.byToken.get(ctx, token.Reveal())
	if err != nil {
		return nil, nil, translate(err)
	}
	if !ok {
		return nil, nil, models.ErrNotFound
	}
	own := *found // two who asked for one session at once were given the same
	return &own.session, &own.user, nil
}

func (s *Sessions) byTokens(ctx context.Context, tokens []string) (map[string]*sessionAndUser, error) {
	found := make(map[string]*sessionAndUser, len(tokens))
	err := s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		// One token is not a list of one: PostgreSQL takes a list for ten, and would plan anew each time what costs less.
		condition, value := "= ?", any(tokens[0])
		if len(tokens) > 1 {
			condition, value = n.anyOf(), list{n.dialect, tokens}
		}
		query := n.SQL("SELECT {s:Session}, {u:User} FROM {Session} s JOIN {User} u ON u.{User.ID} = s.{Session.UserID} WHERE s.{Session.Token} ") + condition
		return s.db.each(tx, query, value, func(read scan) error {
			one := &sessionAndUser{}
			err := read(append(sessionFields(&one.session), userFields(&one.user)...)...)
			found[one.session.Token.Reveal()] = one
			return err
		})
	})
	return found, err
}

// WithUser gives a user and, where it is there and the user's own, the session with that id, in one
// statement; models.ErrNotFound when the user is gone. An empty session id finds no session.
func (s *Sessions) WithUser(ctx context.Context, userID, sessionID string) (*models.User, *models.Session, error) {
	var user models.User
	var found optionalSession
	err := s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		query := n.SQL("SELECT {u:User}, {s:Session} FROM {User} u LEFT JOIN {Session} s ON s.{Session.UserID} = u.{User.ID} AND s.{Session.ID} = ? WHERE u.{User.ID} = ?")
		return scanOne(tx.Raw(query, n.id("Session", sessionID), n.id("User", userID)), append(userFields(&user), found.fields()...))
	})
	if err != nil {
		return nil, nil, err
	}
	return &user, found.session(), nil
}

// Create stores a session of a user who proved to know a password, and the first refresh token that hangs on
// it, which refresh makes once the session's id is known; both or neither. The password's hash and the user
// are looked at again and held: a password change, a ban or a deletion that came in between must not leave a
// session behind. models.ErrBadLogin, models.ErrInactiveUser.
func (s *Sessions) Create(ctx context.Context, session *models.Session, password models.Secret, refresh func(*models.Session) *models.RefreshToken) error {
	return s.db.write(ctx, func(tx *gorm.DB, n *Names) error {
		if unfilled := n.tables["Session"].unfilled; unfilled != nil {
			return models.ColumnsUnfilled(n.TableName("Session"), unfilled...)
		}
		if err := s.hold(tx, n, session.UserID, password); err != nil {
			return err
		}
		if err := n.create(tx, "Session", session, &session.ID); err != nil {
			return err
		}
		if err := tx.Create(refresh(session)).Error; err != nil {
			return err
		}
		return record(tx, models.AuditEvent{Type: models.AuditSignedIn, UserID: &session.UserID, ActorID: &session.UserID, SessionID: &session.ID})
	})
}

// hold locks the user and the account, in the order in which a deletion does.
func (s *Sessions) hold(tx *gorm.DB, n *Names, userID string, password models.Secret) error {
	held := tx.Clauses(clause.Locking{Strength: "SHARE"}).Session(&gorm.Session{})
	var user models.User
	var account models.Account
	err := held.Select(n.Fields("User")).Where(n.SQL("{User.ID} = ?"), n.id("User", userID)).Take(&user).Error
	if err == nil {
		err = held.Select("ID").Where(n.SQL("{Account.UserID} = ? AND {Account.ProviderID} = ? AND {Account.Password} = ?"),
			n.id("User", userID), models.CredentialProvider, password.Reveal()).Take(&account).Error
	}
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return models.ErrBadLogin
	case err == nil && user.BannedAt(s.db.clock()):
		return models.ErrInactiveUser
	}
	return err
}

// OfUser lists a user's sessions that are not over, newest first.
func (s *Sessions) OfUser(ctx context.Context, userID string) ([]models.Session, error) {
	var sessions []models.Session
	err := s.db.read(ctx, func(tx *gorm.DB, n *Names) error {
		return tx.Select(n.Fields("Session")).
			Where(n.SQL("{Session.UserID} = ? AND {Session.ExpiresAt} > ?"), n.id("User", userID), timestamp(s.db.clock())).
			Order(n.SQL("{Session.CreatedAt} DESC, {Session.ID}")).Find(&sessions).Error
	})
	return sessions, err
}

// End deletes one session of a user and records it as one of the ways in which sessions end; an empty one
// records nothing. models.ErrNotFound when the user has no session with that id.
func (s *Sessions) End(ctx context.Context, userID, id string, as models.AuditType) error {
	return s.db.change(ctx, userID, func(tx *gorm.DB, n *Names) error {
		r := tx.Where(n.SQL("{Session.UserID} = ? AND {Session.ID} = ?"), n.id("User", userID), n.id("Session", id)).Delete(&models.Session{})
		if r.Error == nil && r.RowsAffected == 0 {
			return models.ErrNotFound
		}
		if r.Error != nil || as == "" {
			return r.Error
		}
		return record(tx, models.AuditEvent{Type: as, UserID: &userID, SessionID: &id})
	})
}

// EndAll deletes a user's sessions but the one to keep; an empty id keeps none.
func (s *Sessions) EndAll(ctx context.Context, userID, keep string) error {
	return s.db.change(ctx, userID, func(tx *gorm.DB, n *Names) error {
		if err := endAll(tx, n, userID, keep); err != nil {
			return err
		}
		detail := "all"
		if keep != "" {
			detail = "all but the current one"
		}
		return record(tx, models.AuditEvent{Type: models.AuditSessionEnded, UserID: &userID, Detail: &detail})
	})
}

func endAll(tx *gorm.DB, n *Names, userID, keep string) error {
	sessions := tx.Where(n.SQL("{Session.UserID} = ?"), n.id("User", userID))
	if kept := n.id("Session", keep); kept != nil {
		sessions = sessions.Where(n.SQL("{Session.ID} <> ?"), kept)
	}
	return sessions.Delete(&models.Session{}).Error
}

// lockSession gives a session and holds its row until the transaction ends.
func lockSession(tx *gorm.DB, n *Names, id string) (*models.Session, error) {
	var session models.Session
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Select(n.Fields("Session")).
		Where(n.SQL("{Session.ID} = ?"), id).Take(&session).Error
	return &session, err
}

// scanOne reads the one row that a query answers with. GORM's Row() would not do: where the statement cannot
// be prepared it gives a row that panics.
func scanOne(query *gorm.DB, places []any) error {
	rows, err := query.Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		return cmp.Or(rows.Err(), sql.ErrNoRows)
	}
	return rows.Scan(places...)
}

// sessionFields are the places to scan Names.List("Session") into.
func sessionFields(s *models.Session) []any {
	return []any{&s.ID, &s.ExpiresAt, (*string)(&s.Token), &s.CreatedAt, &s.UpdatedAt, &s.IPAddress, &s.UserAgent, &s.UserID, &s.ImpersonatedBy}
}

// userFields are the places to scan Names.List("User") into.
func userFields(u *models.User) []any {
	return []any{&u.ID, &u.Name, &u.Email, &u.EmailVerified, &u.Image, &u.CreatedAt, &u.UpdatedAt, &u.Role, &u.Banned, &u.BanReason, &u.BanExpires, &u.TwoFactorEnabled}
}

// optionalSession is a session that a LEFT JOIN may not have found.
type optionalSession struct {
	id, token, userID                    *string
	expiresAt, createdAt, updatedAt      *time.Time
	ipAddress, userAgent, impersonatedBy *string
}

func (o *optionalSession) fields() []any {
	return []any{&o.id, &o.expiresAt, &o.token, &o.createdAt, &o.updatedAt, &o.ipAddress, &o.userAgent, &o.userID, &o.impersonatedBy}
}

func (o *optionalSession) session() *models.Session {
	if o.id == nil {
		return nil
	}
	return &models.Session{
		ID: *o.id, Token: models.Secret(*o.token), UserID: *o.userID,
		ExpiresAt: *o.expiresAt, CreatedAt: *o.createdAt, UpdatedAt: *o.updatedAt,
		IPAddress: o.ipAddress, UserAgent: o.userAgent, ImpersonatedBy: o.impersonatedBy,
	}
}
