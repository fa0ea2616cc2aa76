package redis

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"countersign/database"
	"countersign/models"
)

// Sessions are those of the table and those of Redis, as Better Auth has them. It answers as
// database.Sessions does.
type Sessions struct {
	judge
	audit *database.Audit
}

// NewSessions puts Redis before the table.
func NewSessions(storage *Storage, db *database.DB, rows *database.Sessions, users *database.Users, log *slog.Logger) *Sessions {
	return &Sessions{judge{redis: storage, db: db, rows: rows, users: users, log: log}, database.NewAudit(db)}
}

// Ready says whether sessions can be looked up.
func (s *Sessions) Ready(ctx context.Context) error {
	source, err := s.asked(ctx)
	if err == nil && source == storage {
		err = s.redis.Ping(ctx)
	}
	return err
}

// ByToken gives a session and its user; models.ErrNotFound. Where the table decides, Redis is asked only
// about what the table does not have.
func (s *Sessions) ByToken(ctx context.Context, token models.Secret) (*models.Session, *models.User, error) {
	source, err := s.asked(ctx)
	if err != nil {
		return nil, nil, err
	}
	if source != storage {
		session, user, err := s.rows.ByToken(ctx, token)
		if !errors.Is(err, models.ErrNotFound) {
			return session, user, err
		}
	}
	e, err := s.redis.live(ctx, token)
	if e == nil {
		return nil, nil, notFound(source, err)
	}
	user, err := s.users.ByID(ctx, e.session.UserID)
	if err == nil {
		s.latch(ctx, "a session is in Redis and has no row")
	}
	return &e.session, user, err
}

// notFound is the answer about a session that was not found: where the table decides it has said enough, and
// a Redis that is away changes nothing.
func notFound(source source, err error) error {
	if err == nil || source != storage {
		return models.ErrNotFound
	}
	return err
}

// WithUser gives a user and, where it is there and the user's own, the session with that id;
// models.ErrNotFound when the user is gone.
func (s *Sessions) WithUser(ctx context.Context, userID, sessionID string) (*models.User, *models.Session, error) {
	user, row, err := s.rows.WithUser(ctx, userID, sessionID)
	if err != nil || sessionID == "" {
		return user, nil, err
	}
	source, err := s.asked(ctx)
	if err != nil {
		return nil, nil, err
	}
	if source != storage && row != nil && !database.IsPlaceholder(row) {
		return user, row, nil
	}
	e, err := s.find(ctx, userID, sessionID, row)
	if e == nil {
		return user, nil, unlessNotFound(notFound(source, err))
	}
	if row == nil {
		s.latch(ctx, "a session is in Redis and has no row")
	}
	return user, &e.session, nil
}

// find gives a session by its id: by the token in its row, where that has one, or among the user's own.
func (s *Sessions) find(ctx context.Context, userID, id string, row *models.Session) (*entry, error) {
	if row != nil && !database.IsPlaceholder(row) {
		return s.redis.live(ctx, row.Token)
	}
	entries, err := s.redis.listed(ctx, userID)
	for _, e := range entries {
		if e.session.ID == id {
			return e, nil
		}
	}
	return nil, err
}

// Create stores a session and the first refresh token that hangs on it: the row first, as Better Auth does,
// and then what Redis has. In a table that only stands for Redis the row has no token.
func (s *Sessions) Create(ctx context.Context, session *models.Session, password models.Secret, refresh func(*models.Session) *models.RefreshToken) error {
	source, _, err := s.reach(ctx, session.UserID)
	if err != nil && source != both {
		return err
	}
	if source == table {
		return s.rows.Create(ctx, session, password, refresh)
	}
	row := *session
	if source == storage {
		row.Token = database.Placeholder(session.Token)
	}
	if err := s.rows.Create(ctx, &row, password, refresh); err != nil {
		return err
	}
	session.ID = row.ID
	return s.mirror(ctx, source, session)
}

// mirror writes a session into Redis. Where the row alone is a session, one that is not mirrored is one too;
// where it is none, the row is taken back.
func (s *Sessions) mirror(ctx context.Context, source source, session *models.Session) error {
	user, err := s.users.Whole(ctx, session.UserID)
	if err == nil {
		err = s.redis.add(ctx, session, user)
	}
	if err == nil {
		return nil
	}
	if source == both {
		s.log.WarnContext(ctx, "a session could not be mirrored into Redis", "error", err.Error())
		return nil
	}
	return errors.Join(err, s.rows.End(ctx, session.UserID, session.ID, ""))
}

// OfUser lists a user's sessions that are not over, newest first.
func (s *Sessions) OfUser(ctx context.Context, userID string) ([]models.Session, error) {
	source, err := s.asked(ctx)
	if err != nil {
		return nil, err
	}
	if source == storage {
		return s.inRedis(ctx, userID)
	}
	rows, err := s.rows.OfUser(ctx, userID)
	return slices.DeleteFunc(rows, func(row models.Session) bool { return database.IsPlaceholder(&row) }), err
}

func (s *Sessions) inRedis(ctx context.Context, userID string) ([]models.Session, error) {
	entries, err := s.redis.listed(ctx, userID)
	var all []models.Session
	for _, e := range entries {
		all = append(all, e.session)
	}
	slices.SortStableFunc(all, func(a, b models.Session) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return all, err
}
