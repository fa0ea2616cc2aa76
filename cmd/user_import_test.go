package cmd

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"countersign/auth"
	"countersign/models"
)

const importedHash = "$2b$04$5ngVa4R0I1EEKKRXx6tr/e5dgBtwW4LAbd0jdIyUjXcZUpxKwFc7u"

var importDay = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// imported is what a file's rows become, a line each: the user, or the line and why it is refused.
func imported(read readRecords, text string) (rows, ignored []string, err error) {
	for r, failed := range read(strings.NewReader(text), func(name string) { ignored = append(ignored, name) }) {
		if failed != nil {
			return rows, ignored, failed
		}
		user, account, err := r.user(importDay)
		if err != nil {
			rows = append(rows, fmt.Sprintf("%d %v", r.line, err))
			continue
		}
		image := "none"
		if user.Image != nil {
			image = *user.Image
		}
		rows = append(rows, fmt.Sprintf("%d %s|%s|%s|banned %t|verified %t|%s|%s|%t", r.line, user.Email, user.Name, *user.Role,
			*user.Banned, user.EmailVerified, image, user.CreatedAt.Format(time.RFC3339Nano), account.Password.Reveal() == importedHash))
	}
	return rows, ignored, nil
}

func TestImportReadsRows(t *testing.T) {
	t.Parallel()
	const today = "2026-11-23T09:00:00Z"
	for name, test := range map[string]struct {
		read    readRecords
		text    string
		want    []string
		ignored string
	}{
		"the least": {readCSV, "email,password\nAda@Example.com,HASH\n", []string{"2 ada@example.com||user|banned false|verified false|none|" + today + "|true"}, ""},
		"all there is": {
			readCSV, "\ufeffid,email,hashed_password,full_name,is_superuser,is_active,is_verified,image,created_at\r\n" +
				"1,a@b.co,HASH,\"O'Neill, \"\"A\"\"\",t,f,1,/a.png,2024-05-06 07:08:09.123456+02\r\n",
			[]string{`2 a@b.co|O'Neill, "A"|admin|banned true|verified true|/a.png|2024-05-06T05:08:09.123Z|true`}, "id",
		},
		"JSON": {
			readJSONLines, `{"email":"a@b.co","password_hash":"HASH","name":"Zoë","role":"editor","is_superuser":true,"is_active":1,"email_verified":false,"image":null,"created_at":"2024-05-06","x":[1]}` +
				"\n\n" + `{"email":"b@b.co","password":"HASH","x":2}`,
			[]string{"1 a@b.co|Zoë|editor,admin|banned false|verified false|none|2024-05-06T00:00:00Z|true", "3 b@b.co||user|banned false|verified false|none|" + today + "|true"}, "x",
		},
		"a role that is admin already": {readCSV, "email,password,role,is_superuser\na@b.co,HASH,\"admin,x\",1\n", []string{"2 a@b.co||admin,x|banned false|verified false|none|" + today + "|true"}, ""},
		"wrong rows": {
			readCSV, "email,password,name,role,is_active,created_at\n" +
				"no,HASH,,,,\na@b.co,,,,,\na@b.co,secret word,,,,\na@b.co,$2b$31$5ngVa4R0I1EEKKRXx6tr/e5dgBtwW4LAbd0jdIyUjXcZUpxKwFc7u,,,,\n" +
				"a@b.co,HASH,LONG,,,\na@b.co,HASH,,a b,,\na@b.co,HASH,,,maybe,yesterday\na@b.co,HASH\na@b.co,HASH,a\"b,,,\na@b.co,HASH,\x00,,,\na@b.co,HASH,\xff,,,\n",
			[]string{
				"2 email is not an address", "3 has no password hash", "4 the password is not a hash", "5 the password is not a hash", "6 name has more than 200", "7 role is not a role's",
				"8 is_active is neither true nor false; created_at is not a date", "9 cannot be read: wrong number of fields", `10 cannot be read: bare "`, "11 name is not UTF-8", "12 name is not UTF-8",
			}, "",
		},
		"wrong JSON": {
			readJSONLines, "[]\nnull\n{\"email\":\"a@b.co\",\"email\":\"a@b.co\"}\n{\"email\":{}}\n{\"name\":\"a\",\"full_name\":\"b\"}\n{\"email\":\"\xff\"}\n{} {}\n",
			[]string{
				"1 is not one JSON object", "2 is not one JSON object", "3 is not one JSON object", "4 email is a list or an object", "5 has two members that mean name",
				"6 is not one JSON object", "7 is not one JSON object",
			}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer("HASH", importedHash, "LONG", strings.Repeat("n", 201)).Replace(test.text)
			rows, ignored, err := imported(test.read, text)
			if err != nil || strings.Join(ignored, " ") != test.ignored || len(rows) != len(test.want) {
				t.Fatalf("%v, ignored %q, rows:\n%s", err, ignored, strings.Join(rows, "\n"))
			}
			for i, want := range test.want {
				if !strings.HasPrefix(rows[i], want) {
					t.Errorf("got  %s\nwant %s", rows[i], want)
				}
			}
		})
	}
}

// What is wrong with the file as a whole ends the import, without showing what may be somebody's data.
func TestImportRefusesFiles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		read       readRecords
		text, want string
	}{
		"no header":             {readCSV, "a@b.co," + importedHash + "\n", "the first line must name the columns"},
		"no password":           {readCSV, "email,name\n", "the first line must name the columns"},
		"semicolons":            {readCSV, "email;password\n", "with commas between them"},
		"nothing":               {readCSV, "", "the header line cannot be read"},
		"two of one meaning":    {readCSV, "email,password,hashed_password\n", "password and hashed_password mean the same"},
		"a quote never closed":  {readCSV, "email,password\n\"" + strings.Repeat("a\n", maxRecord), "a quote that is not closed"},
		"a line without an end": {readJSONLines, strings.Repeat("a", maxRecord+1), "a row has more than"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, ignored, err := imported(test.read, test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) || len(rows) > 0 || len(ignored) > 0 || strings.Contains(err.Error(), "$2b$") {
				t.Errorf("%v, ignored %q, rows %q", err, ignored, rows)
			}
		})
	}
}

// endless is a file of that many rows, made as it is read, that says how much was asked for.
type endless struct{ rows, read int }

func (e *endless) Read(p []byte) (int, error) {
	if e.read == e.rows {
		return 0, io.EOF
	}
	text := "a@b.co," + importedHash + "\n"
	if e.read == 0 {
		text = "email,password\n"
	}
	e.read++
	return copy(p, text), nil
}

// A file is read as its rows are taken, and not before.
func TestImportStreams(t *testing.T) {
	t.Parallel()
	file, taken := &endless{rows: 100_000}, 0
	for _, err := range readCSV(file, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if taken++; file.read > taken+200 {
			t.Fatalf("%d rows are read where %d were taken", file.read, taken)
		}
	}
	if taken != 99_999 {
		t.Errorf("%d rows", taken)
	}
}

// Whatever a file has in it, a row becomes a user that registration would take, or is refused without its values.
func FuzzImport(f *testing.F) {
	f.Add("email,password,is_active,role\na@b.co,"+importedHash+",f,x\n", true)
	f.Add("email,hashed_password\n\"a@b.co\",\"$argon2id$v=19$m=64,t=1,p=2$FjWSQseH/Uo$cNMdS8ECL3Mlf1vTMxH5qw\"\n\"", true)
	f.Add(`{"email":"a@b.co","password":"`+importedHash+`","created_at":"2024-05-06","image":"x"}`, false)
	f.Add("{\"email\":\"\\u0000\"}\n{}", false)
	f.Fuzz(func(t *testing.T, text string, csv bool) {
		read := readJSONLines
		if csv {
			read = readCSV
		}
		ended := false
		for r, err := range read(strings.NewReader(text), func(string) {}) {
			if ended {
				t.Fatal("goes on after an error")
			}
			if ended = err != nil; ended {
				continue
			}
			user, account, err := r.user(importDay)
			if err != nil {
				if hash := r.fields["password"]; len(hash) > 20 && strings.Contains(err.Error(), hash) {
					t.Fatalf("%v shows the hash", err)
				}
				continue
			}
			if r.line < 1 || !models.ValidEmail(user.Email) || user.Email != strings.ToLower(user.Email) || !auth.UsableHash(*account.Password) ||
				!models.ValidRoles(*user.Role) || !utf8.ValidString(user.Name) || strings.ContainsRune(user.Name, 0) {
				t.Fatalf("%+v", user)
			}
		}
	})
}

func TestImportFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, format string
		ok           bool
	}{{"a.csv", "", true}, {"A.CSV", "", true}, {"a.jsonl", "", true}, {"a.ndjson", "", true}, {"-", "csv", true}, {"a.txt", "jsonl", true}, {"-", "", false}, {"a.json", "", false}, {"a.csv", "xml", false}} {
		if _, err := importFormat(c.file, c.format); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if errors.Is(errTooLong, io.EOF) {
		t.Error("a row that is too long looks like the end")
	}
}
