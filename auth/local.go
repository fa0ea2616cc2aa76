package auth

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"countersign/models"
)

// UserStore finds users. Both methods answer models.ErrNotFound when there is none.
type UserStore interface {
	ByID(ctx context.Context, id string) (*models.User, error)
	ByEmail(ctx context.Context, email string) (*models.User, error)
}

// AccountStore keeps passwords.
type AccountStore interface {
	// Register fills in the ids; models.ErrEmailTaken when another user has the address.
	Register(ctx context.Context, user *models.User, account *models.Account) error
	// WithPassword answers models.ErrNotFound for a user without a password.
	WithPassword(ctx context.Context, userID string) (*models.Account, error)
	// ChangePassword also ends the user's sessions but the one to keep; models.ErrWrongPassword when the hash is
	// not the one that was checked any more.
	ChangePassword(ctx context.Context, userID string, checked, hash models.Secret, keep string) error
	// Rehash stores another hash of the same password, and no session ends; models.ErrWrongPassword as above.
	Rehash(ctx context.Context, userID string, checked, hash models.Secret) error
}

// SessionStore starts and ends sessions.
type SessionStore interface {
	// Create fills in the session's id before it asks for the refresh token. models.ErrBadLogin and
	// models.ErrInactiveUser when the user's password or ban changed since they were looked at.
	Create(ctx context.Context, session *models.Session, password models.Secret, refresh func(*models.Session) *models.RefreshToken) error
	// End answers models.ErrNotFound when the user has no such session.
	End(ctx context.Context, userID, id string, as models.AuditType) error
}

// AuditStore records what no change of a row goes with.
type AuditStore interface {
	Record(ctx context.Context, event models.AuditEvent) error
}

// RefreshStore keeps the chains of refresh tokens; package database says what each method promises.
type RefreshStore interface {
	Rotate(ctx context.Context, hash []byte, userID string, grace time.Duration, next func(*models.Session) *models.RefreshToken) (*models.RefreshToken, error)
	EndSessionOf(ctx context.Context, hash []byte) error
}

// Local is registration and login without Better Auth's server, on its tables: the users, passwords and
// sessions it makes are Better Auth's too.
type Local struct {
	Users    UserStore
	Accounts AccountStore
	Sessions SessionStore
	Chains   RefreshStore
	Audit    AuditStore
	Hasher   *Hasher
	Issuer   *Issuer
	// Failures limits wrong passwords by e-mail address; nil for no limit.
	Failures FailureLimit
	// RequireVerified refuses the login of users whose e-mail address is not verified.
	RequireVerified bool
	// Rehash rewrites hashes of another kind than Hasher writes, and RefuseCommon refuses passwords many people have.
	Rehash, RefuseCommon bool
	Log                  *slog.Logger
	Clock                func() time.Time
}

// Register makes a user who can sign in here and through Better Auth; models.ErrEmailTaken, models.ErrBusy, and
// models.InvalidError for a password that must not be stored.
func (l *Local) Register(ctx context.Context, email, password, name string) (*models.User, error) {
	user, account, err := l.Prepare(ctx, email, password, name)
	if err != nil {
		return nil, err
	}
	return user, l.Accounts.Register(ctx, user, account)
}

// Prepare gives the rows that Register stores, with its errors. The address is kept in lower case, as Better Auth does.
func (l *Local) Prepare(ctx context.Context, email, password, name string) (*models.User, *models.Account, error) {
	email = strings.ToLower(email)
	if err := l.acceptable("password", password); err != nil {
		return nil, nil, err
	}
	if _, err := l.Users.ByEmail(ctx, email); err == nil {
		return nil, nil, models.ErrEmailTaken
	} else if !errors.Is(err, models.ErrNotFound) {
		return nil, nil, err
	}
	hash, err := l.Hasher.Hash(ctx, password)
	if err != nil {
		return nil, nil, err
	}
	user, account := NewUser(email, name, hash, l.Clock())
	return user, account, nil
}

// NewUser makes the rows of a user with a password, as Better Auth fills them; a store gives them ids of another
// kind where the tables have one.
func NewUser(email, name string, hash models.Secret, now time.Time) (*models.User, *models.Account) {
	now = now.UTC().Truncate(time.Millisecond)
	role, banned := models.DefaultRole, false
	user := &models.User{ID: randomText(32), Name: name, Email: email, CreatedAt: now, UpdatedAt: now, Role: &role, Banned: &banned}
	account := &models.Account{ID: randomText(32), ProviderID: models.CredentialProvider, Password: &hash, CreatedAt: now, UpdatedAt: now}
	return user, account
}

// NewSession makes a session's row, as Better Auth fills it.
func NewSession(userID string, now time.Time, life time.Duration, client Client) *models.Session {
	now = now.UTC().Truncate(time.Millisecond)
	return &models.Session{
		ID: randomText(32), Token: models.Secret(randomText(32)), UserID: userID,
		CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(life),
		IPAddress: &client.IPAddress, UserAgent: &client.UserAgent,
	}
}

// Client is what a session row remembers of where it was started.
type Client struct{ IPAddress, UserAgent string }

// Login checks a password and starts a session, a row of Better Auth's, with a pair of tokens that live by it.
// models.ErrBadLogin for an unknown address, a user without a password and a wrong password alike, and after
// the same time; models.RateLimited when it was tried too often; models.ErrInactiveUser, models.ErrEmailNotVerified
// and, since only Better Auth can ask for the second factor, models.ErrTwoFactorRequired only to who knows the
// password; models.ErrBusy.
func (l *Local) Login(ctx context.Context, email, password string, client Client) (*Pair, error) {
	var user *models.User
	var hash models.Secret
	err := l.countFailure(ctx, email, func() (err error) {
		user, hash, err = l.authenticate(ctx, strings.ToLower(email), password)
		return err
	})
	if err == nil {
		err = l.mayLogin(user)
	}
	var pair *Pair
	if err == nil {
		pair, err = l.begin(ctx, user, hash, password, client)
	}
	return pair, l.refused(ctx, models.AuditSignInFailed, user, err)
}

// mayLogin says whether a user whose password was right may sign in here.
func (l *Local) mayLogin(user *models.User) error {
	switch {
	case user.BannedAt(l.Clock()):
		return models.ErrInactiveUser
	case l.RequireVerified && !user.EmailVerified:
		return models.ErrEmailNotVerified
	case user.TwoFactorEnabled != nil && *user.TwoFactorEnabled:
		return models.ErrTwoFactorRequired
	}
	return nil
}

// refused records that somebody was refused, with the error's code, and gives the error back. An unknown
// address is recorded without it: people type passwords into the wrong field. What could not be checked is no
// refusal; a refusal that cannot be recorded is not given.
func (l *Local) refused(ctx context.Context, as models.AuditType, user *models.User, err error) error {
	var known *models.Error
	if !errors.As(err, &known) || known.Kind == models.Unavailable || known.Kind == models.Internal || known.Kind == models.TooManyRequests {
		return err
	}
	event := models.AuditEvent{Type: as, Detail: &known.Code}
	if user != nil && user.ID != "" {
		event.UserID = &user.ID
	}
	return cmp.Or(l.Audit.Record(ctx, event), err)
}

// begin starts a session for who proved to know the password, and then rewrites its hash where that is wanted.
func (l *Local) begin(ctx context.Context, user *models.User, hash models.Secret, password string, client Client) (*Pair, error) {
	pair, err := l.startSession(ctx, user, hash, client)
	if errors.Is(err, models.ErrBadLogin) { // the hash changed meanwhile, and the password may not have: see rehash
		if user, hash, err = l.authenticate(ctx, user.Email, password); err == nil {
			pair, err = l.startSession(ctx, user, hash, client)
		}
	}
	if err == nil {
		l.rehash(ctx, user.ID, hash, password)
	}
	return pair, err
}

// authenticate gives the user whose password it is, and the hash that it was checked against.
func (l *Local) authenticate(ctx context.Context, email, password string) (user *models.User, stored models.Secret, err error) {
	user, err = l.userByEmail(ctx, email)
	if errors.Is(err, models.ErrNotFound) { // asked for a password all the same: a question less takes less time
		user, err = &models.User{}, nil
	}
	if err != nil {
		return nil, "", err
	}
	account, err := l.Accounts.WithPassword(ctx, user.ID)
	if err == nil {
		stored = *account.Password
	} else if !errors.Is(err, models.ErrNotFound) {
		return nil, "", err
	}
	ok, err := l.Hasher.Verify(ctx, stored, password)
	if err == nil && !ok {
		err = models.ErrBadLogin
	}
	return user, stored, err
}

// userByEmail does not ask a database about text that no address is.
func (l *Local) userByEmail(ctx context.Context, email string) (*models.User, error) {
	if !plain(email) {
		return nil, models.ErrNotFound
	}
	return l.Users.ByEmail(ctx, email)
}

func (l *Local) startSession(ctx context.Context, user *models.User, hash models.Secret, client Client) (*Pair, error) {
	session := NewSession(user.ID, l.Clock(), l.Issuer.Settings.Refresh, client)
	jti := randomText(16)
	var row *models.RefreshToken
	err := l.Sessions.Create(ctx, session, hash, func(s *models.Session) *models.RefreshToken {
		row = l.link(user.ID, jti, s)
		return row
	})
	if err != nil {
		return nil, err
	}
	refresh, err := l.Issuer.refresh(user.ID, jti, row)
	if err != nil {
		return nil, err
	}
	return l.pair(user.ID, session.ID, refresh)
}

func (l *Local) pair(userID, sessionID string, refresh models.Secret) (*Pair, error) {
	access, err := l.Issuer.access(userID, sessionID)
	return &Pair{access, refresh, l.Issuer.Settings.Access}, err
}

// ChangePassword replaces the user's password and ends all sessions but the current one. models.ErrWrongPassword,
// models.ErrNoPassword, models.ErrImpersonated, models.RateLimited, models.ErrBusy; models.InvalidError as in Register.
func (l *Local) ChangePassword(ctx context.Context, who *Principal, current, next string) error {
	if who.Impersonated() {
		return models.ErrImpersonated
	}
	if err := l.acceptable("new_password", next); err != nil {
		return err
	}
	account, err := l.Accounts.WithPassword(ctx, who.User.ID)
	if errors.Is(err, models.ErrNotFound) {
		return models.ErrNoPassword
	}
	if err != nil {
		return err
	}
	err = l.countFailure(ctx, who.User.Email, func() error {
		ok, err := l.Hasher.Verify(ctx, *account.Password, current)
		if err == nil && !ok {
			err = models.ErrWrongPassword
		}
		return err
	})
	if err != nil {
		return l.refused(ctx, models.AuditPasswordChangeFailed, &who.User, err)
	}
	return l.replace(ctx, who.User.ID, *account.Password, next, who.SessionID())
}

// SetPassword replaces a user's password for somebody who need not know it, and ends all of the user's sessions.
// models.ErrNoPassword; models.ErrWrongPassword when another change was faster; models.InvalidError as in Register.
func (l *Local) SetPassword(ctx context.Context, userID, next string) error {
	if err := l.acceptable("password", next); err != nil {
		return err
	}
	account, err := l.Accounts.WithPassword(ctx, userID)
	if errors.Is(err, models.ErrNotFound) {
		return models.ErrNoPassword
	}
	if err != nil {
		return err
	}
	return l.replace(ctx, userID, *account.Password, next, "")
}

// replace stores another password in the place of a stored hash, and ends the user's sessions but the one to keep.
func (l *Local) replace(ctx context.Context, userID string, stored models.Secret, next, keep string) error {
	hash, err := l.Hasher.Hash(ctx, next)
	if err != nil {
		return err
	}
	return l.Accounts.ChangePassword(ctx, userID, stored, hash, keep)
}
