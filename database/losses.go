package database

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// droppedTable is how a step's way back says that a table with somebody's rows goes. The program's own
// bookkeeping is written with {own} and is nobody's loss.
var droppedTable = regexp.MustCompile(`(?m)^DROP TABLE (\{[A-Z]\w*\});$`)

// Newest gives the step that Down would take back, nil where there is none, and the rows that would be lost with
// it, for people: 12 rows of "countersign"."posts".
func (m *Migrator) Newest(ctx context.Context) (step *Migration, lost []string, err error) {
	steps, err := m.Status(ctx)
	for _, s := range steps {
		if s.Applied {
			step = &s
		}
	}
	if err != nil || step == nil {
		return nil, nil, err
	}
	names, err := findNames(ctx, m.pool, m.settings)
	if err != nil {
		return nil, nil, err
	}
	text, err := migrations.ReadFile(path.Join("migrations", string(m.settings.Dialect), step.Name))
	if err != nil {
		return nil, nil, err
	}
	_, down, _ := strings.Cut(string(text), "-- +goose Down")
	for _, table := range droppedTable.FindAllStringSubmatch(down, -1) {
		var rows int64
		if err := m.pool.QueryRowContext(ctx, names.SQL("SELECT count(*) FROM "+table[1])).Scan(&rows); err != nil {
			return nil, nil, err
		}
		if rows > 0 {
			lost = append(lost, fmt.Sprintf("%d rows of %s", rows, names.SQL(table[1])))
		}
	}
	return step, lost, nil
}
