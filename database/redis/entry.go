package redis

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gomodule/redigo/redis"

	"countersign/models"
)

// entry is a session as Redis has it. What it says of the user is never believed here: role and ban are the
// database's.
type entry struct {
	session models.Session
	// text is the value as it was found; fields and user are what it holds.
	text         string
	fields, user map[string]jsontext.Value
}

// tokenForm is that of Better Auth's tokens (generateId(32)). Keys that are something else, the lists say,
// share the prefix with them.
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9]{32}$`)

// readEntry takes a value apart; nil for one that is no session of that token.
func readEntry(token, text string) *entry {
	var value struct {
		Session map[string]jsontext.Value `json:"session"`
		User    map[string]jsontext.Value `json:"user"`
	}
	var whole struct {
		Session struct {
			ID             string    `json:"id"`
			Token          string    `json:"token"`
			UserID         string    `json:"userId"`
			ExpiresAt      time.Time `json:"expiresAt"`
			CreatedAt      time.Time `json:"createdAt"`
			UpdatedAt      time.Time `json:"updatedAt"`
			IPAddress      *string   `json:"ipAddress"`
			UserAgent      *string   `json:"userAgent"`
			ImpersonatedBy *string   `json:"impersonatedBy"`
		} `json:"session"`
	}
	if json.Unmarshal([]byte(text), &value) != nil || json.Unmarshal([]byte(text), &whole) != nil {
		return nil
	}
	s := whole.Session
	if s.Token != token || s.ID == "" || s.UserID == "" || s.CreatedAt.IsZero() {
		return nil
	}
	return &entry{models.Session{
		ID: s.ID, Token: models.Secret(s.Token), UserID: s.UserID, ExpiresAt: s.ExpiresAt, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
		IPAddress: s.IPAddress, UserAgent: s.UserAgent, ImpersonatedBy: s.ImpersonatedBy,
	}, text, value.Session, value.User}
}

// live gives the session of a token; nil when there is none, or its user's watermark or its end has passed.
func (s *Storage) live(ctx context.Context, token models.Secret) (e *entry, err error) {
	if !tokenForm.MatchString(token.Reveal()) {
		return nil, nil
	}
	var text, watermark string
	err = s.do(ctx, func(ctx context.Context, c redis.Conn) error {
		var err error
		if text, err = redis.String(redis.DoContext(c, ctx, "GET", s.prefix+token.Reveal())); err != nil {
			return err
		}
		if e = readEntry(token.Reveal(), text); e != nil {
			watermark, err = redis.String(redis.DoContext(c, ctx, "GET", s.watermarkKey(e.session.UserID)))
		}
		return err
	})
	if err != nil || e == nil || e.session.ExpiredAt(s.clock()) || revoked(&e.session, watermark) {
		return nil, err
	}
	return e, nil
}

// listed gives the sessions that a user's list names and that hold.
func (s *Storage) listed(ctx context.Context, userID string) ([]*entry, error) {
	var values, tokens []string
	err := s.do(ctx, func(ctx context.Context, c redis.Conn) error {
		list, err := redis.String(redis.DoContext(c, ctx, "GET", s.listKey(userID)))
		if err != nil {
			return err
		}
		tokens = readList(list)
		keys := redis.Args{s.watermarkKey(userID)}
		for _, token := range tokens {
			keys = append(keys, s.prefix+token)
		}
		values, err = redis.Strings(redis.DoContext(c, ctx, "MGET", keys...)) // "" for what is not there
		return err
	})
	var all []*entry
	for i, token := range tokens {
		if err != nil {
			return nil, err
		}
		e := readEntry(token, values[i+1])
		if e != nil && e.session.UserID == userID && !e.session.ExpiredAt(s.clock()) && !revoked(&e.session, values[0]) {
			all = append(all, e)
		}
	}
	return all, err
}

func readList(text string) (tokens []string) {
	var list []struct {
		Token string `json:"token"`
	}
	_ = json.Unmarshal([]byte(text), &list) // what is no list names no session
	for _, one := range list {
		if tokenForm.MatchString(one.Token) && !slices.Contains(tokens, one.Token) {
			tokens = append(tokens, one.Token)
		}
	}
	return tokens
}

// add writes a new session, with the whole of its user: Better Auth answers from there.
func (s *Storage) add(ctx context.Context, session *models.Session, user map[string]any) error {
	text, err := json.Marshal(map[string]any{"user": user, "session": map[string]any{
		"id": session.ID, "token": session.Token.Reveal(), "userId": session.UserID,
		"expiresAt": moment(session.ExpiresAt), "createdAt": moment(session.CreatedAt), "updatedAt": moment(session.UpdatedAt),
		"ipAddress": session.IPAddress, "userAgent": session.UserAgent,
	}})
	if err != nil {
		return err
	}
	_, err = s.write(ctx, session, string(text), "")
	return err
}

// extend lets a session live until a later moment.
func (s *Storage) extend(ctx context.Context, e *entry, until time.Time) error {
	if !until.After(e.session.ExpiresAt) {
		return nil
	}
	e.session.ExpiresAt = until
	return s.change(ctx, e, map[string]any{"expiresAt": moment(until), "updatedAt": moment(s.clock())}, nil)
}

// changeTries bounds how often a change is tried anew because Better Auth changed the session meanwhile.
const changeTries = 3

// change overlays some fields of a session's value, of the session or of the user in it, and keeps the rest.
// A session that ends meanwhile is not written again.
func (s *Storage) change(ctx context.Context, e *entry, session, user map[string]any) error {
	for range changeTries {
		text, err := e.overlaid(session, user)
		if err != nil {
			return err
		}
		done, err := s.write(ctx, &e.session, text, e.text)
		if err != nil || done {
			return err
		}
		if e, err = s.live(ctx, e.session.Token); err != nil || e == nil {
			return err
		}
	}
	return models.StoreUnavailable(errors.New("a session in Redis changed each time it was to be changed"))
}

// overlaid is the value with some fields changed. A value without a user, or with null for it, stays so.
func (e *entry) overlaid(session, user map[string]any) (string, error) {
	for of, fields := range map[*map[string]jsontext.Value]map[string]any{&e.fields: session, &e.user: user} {
		for name, field := range fields {
			value, err := json.Marshal(field)
			if err != nil {
				return "", err
			}
			if *of != nil {
				(*of)[name] = value
			}
		}
	}
	text, err := json.Marshal(map[string]any{"session": e.fields, "user": e.user})
	return string(text), err
}

// moment is a time as JavaScript's JSON has it.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
