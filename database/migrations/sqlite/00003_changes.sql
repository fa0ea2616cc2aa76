-- +goose Up
CREATE TABLE {own}_changes (
  id integer PRIMARY KEY AUTOINCREMENT,
  kind text NOT NULL,
  row text NOT NULL
);

-- +goose Down
DROP TABLE {own}_changes;
