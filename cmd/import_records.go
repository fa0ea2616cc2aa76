package cmd

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxRecord is how many bytes one row may have: a quote that nobody closes must not read the rest into memory.
const maxRecord = 1 << 20

// importColumns are what columns may be called, and what they are called here.
var importColumns = map[string]string{
	"email":           "email",
	"hashed_password": "password", "password_hash": "password", "password": "password",
	"name": "name", "full_name": "name",
	"role": "role", "is_superuser": "is_superuser", "is_active": "is_active",
	"email_verified": "email_verified", "is_verified": "email_verified",
	"image": "image", "created_at": "created_at",
}

// record is one row: its line, its known fields, and why they could not be read.
type record struct {
	line   int
	fields map[string]string
	broken error
}

// readRecords reads rows one by one and tells ignored of each unknown column once. An error is the last thing it
// gives; a row that cannot be read is a record that says so.
type readRecords func(in io.Reader, ignored func(column string)) iter.Seq2[record, error]

var errTooLong = fmt.Errorf("a row has more than %d bytes; is there a quote that is not closed?", maxRecord)

// bounded gives an error after left bytes.
type bounded struct {
	io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.Reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// withoutMark skips the byte order mark that spreadsheets write.
func withoutMark(in io.Reader) io.Reader {
	b := bufio.NewReader(in)
	if mark, _ := b.Peek(3); string(mark) == "\ufeff" {
		_, _ = b.Discard(3)
	}
	return b
}

// readCSV reads RFC 4180 with a header line.
func readCSV(in io.Reader, ignored func(string)) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		limit := &bounded{withoutMark(in), maxRecord}
		r := csv.NewReader(limit)
		header, err := r.Read()
		if err == nil {
			header, err = knownColumns(header, ignored)
		} else {
			err = fmt.Errorf("the header line cannot be read: %w", err)
		}
		for err == nil {
			limit.left = maxRecord
			var one record
			one, err = nextCSV(r, header)
			if errors.Is(err, io.EOF) || err == nil && !yield(one, nil) {
				return
			}
		}
		yield(record{}, err)
	}
}

// knownColumns gives what each column is called here, "" for one that is ignored.
func knownColumns(header []string, ignored func(string)) ([]string, error) {
	columns, from := make([]string, len(header)), map[string]string{}
	for i, name := range header {
		known := importColumns[name]
		if other := from[known]; known != "" && other != "" {
			return nil, fmt.Errorf("the columns %s and %s mean the same; remove one", other, name)
		}
		columns[i], from[known] = known, name
	}
	if from["email"] == "" || from["password"] == "" { // and the names may be somebody's data: they are not shown
		return nil, errors.New("the first line must name the columns, with commas between them: email and hashed_password (or password_hash, password), and more if there are more")
	}
	for i, name := range header {
		if columns[i] == "" {
			ignored(name)
		}
	}
	return columns, nil
}

func nextCSV(r *csv.Reader, columns []string) (record, error) {
	values, err := r.Read()
	var broken *csv.ParseError
	if errors.As(err, &broken) {
		return record{line: broken.StartLine, broken: fmt.Errorf("cannot be read: %w", broken.Err)}, nil
	}
	if err != nil {
		return record{}, err
	}
	fields := make(map[string]string, len(columns))
	for i, name := range columns {
		if name != "" {
			fields[name] = values[i]
		}
	}
	line, _ := r.FieldPos(0)
	return record{line: line, fields: fields}, nil
}

// readJSONLines reads one JSON object in each line (jsonlines.org); empty lines are passed over.
func readJSONLines(in io.Reader, ignored func(string)) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		lines := bufio.NewScanner(withoutMark(in))
		lines.Buffer(nil, maxRecord)
		told := map[string]bool{}
		for n := 1; lines.Scan(); n++ {
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			r := jsonRecord(lines.Bytes(), func(name string) {
				if !told[name] && len(told) < 100 {
					told[name] = true
					ignored(name)
				}
			})
			r.line = n
			if !yield(r, nil) {
				return
			}
		}
		if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(record{}, errTooLong)
		} else if err != nil {
			yield(record{}, err)
		}
	}
}

func jsonRecord(line []byte, ignored func(string)) record {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(line, &members); err != nil || members == nil {
		return record{broken: errors.New("is not one JSON object in UTF-8 with each member once")}
	}
	r := record{fields: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		known := importColumns[name]
		if known == "" {
			ignored(name)
			continue
		}
		text, ok := jsonText(members[name])
		if _, twice := r.fields[known]; twice {
			r.broken = fmt.Errorf("has two members that mean %s", known)
		} else if !ok {
			r.broken = fmt.Errorf("%s is a list or an object", name)
		}
		r.fields[known] = text
	}
	return r
}

// jsonText writes a value as a CSV file would have it; null is empty.
func jsonText(value jsontext.Value) (string, bool) {
	switch value.Kind() {
	case 'n':
		return "", true
	case '"':
		var text string
		err := json.Unmarshal(value, &text)
		return text, err == nil
	case '{', '[':
		return "", false
	}
	return string(value), true
}
