-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION {own}.notice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE id text := '';
BEGIN
  IF TG_LEVEL = 'ROW' THEN
    id := to_jsonb(OLD) ->> TG_ARGV[1];
  END IF;
  -- A notice of no id, or of one too long to send, is about every row.
  PERFORM pg_notify('{own}', TG_ARGV[0] || ' ' || CASE WHEN length(id) <= 200 THEN id ELSE '' END);
  RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TABLE {own}.canary (id text PRIMARY KEY);
CREATE TRIGGER countersign_canary AFTER DELETE ON {own}.canary FOR EACH ROW EXECUTE FUNCTION {own}.notice('canary', 'id');

-- +goose Down
DROP FUNCTION {own}.notice() CASCADE;
DROP TABLE {own}.canary;
