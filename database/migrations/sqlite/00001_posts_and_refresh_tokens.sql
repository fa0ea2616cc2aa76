-- +goose Up
CREATE TABLE {Post} (
  id integer PRIMARY KEY AUTOINCREMENT,
  title text NOT NULL,
  content text NOT NULL,
  published boolean NOT NULL DEFAULT false,
  author_id {User.ID:type} REFERENCES {User} ({User.ID}) ON DELETE SET NULL,
  created_at datetime NOT NULL,
  updated_at datetime NOT NULL
);
CREATE INDEX {own}_posts_author_id ON {Post} (author_id);

CREATE TABLE {RefreshToken} (
  id integer PRIMARY KEY AUTOINCREMENT,
  session_id {Session.ID:type} NOT NULL REFERENCES {Session} ({Session.ID}) ON DELETE CASCADE,
  hash blob NOT NULL UNIQUE,
  parent_id integer UNIQUE REFERENCES {RefreshToken} (id) ON DELETE CASCADE,
  created_at datetime NOT NULL,
  expires_at datetime NOT NULL,
  spent_at datetime
);
CREATE INDEX {own}_refresh_tokens_session_id ON {RefreshToken} (session_id);

-- +goose Down
DROP TABLE {RefreshToken};
DROP TABLE {Post};
