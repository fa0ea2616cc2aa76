-- +goose Up
CREATE TABLE {AuditEvent} (
  id integer PRIMARY KEY AUTOINCREMENT,
  created_at datetime NOT NULL,
  type text NOT NULL,
  user_id text,
  actor_id text,
  impersonator_id text,
  session_id text,
  ip_address text,
  request_id text,
  detail text
);
CREATE INDEX {own}_audit_events_user_id ON {AuditEvent} (user_id, id);
CREATE INDEX {own}_audit_events_actor_id ON {AuditEvent} (actor_id, id);
CREATE INDEX {own}_audit_events_type ON {AuditEvent} (type, id);
CREATE INDEX {own}_audit_events_created_at ON {AuditEvent} (created_at);

-- Spent tokens are purged while their successors live: the chain goes with its session, not with its first link.
CREATE TABLE {own}_refresh_tokens_new (
  id integer PRIMARY KEY AUTOINCREMENT,
  session_id {Session.ID:type} NOT NULL REFERENCES {Session} ({Session.ID}) ON DELETE CASCADE,
  hash blob NOT NULL UNIQUE,
  parent_id integer UNIQUE,
  created_at datetime NOT NULL,
  expires_at datetime NOT NULL,
  spent_at datetime
);
INSERT INTO {own}_refresh_tokens_new SELECT id, session_id, hash, parent_id, created_at, expires_at, spent_at FROM {RefreshToken};
DROP TABLE {RefreshToken};
ALTER TABLE {own}_refresh_tokens_new RENAME TO {own}_refresh_tokens;
CREATE INDEX {own}_refresh_tokens_session_id ON {RefreshToken} (session_id);
CREATE INDEX {own}_refresh_tokens_expires_at ON {RefreshToken} (expires_at);

-- +goose Down
DROP INDEX {own}_refresh_tokens_expires_at;
DROP TABLE {AuditEvent};
