package config

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/joho/godotenv"
)

// addFile adds the settings of a dotenv file in the reader's directory. In such
// files, and only there, $NAME means an earlier value of the same file, and a
// dollar sign itself is written \$. What stands above a malformed line still
// counts, so that the problems below it are the real ones.
func (r *reader) addFile(name string) {
	data, err := os.ReadFile(filepath.Join(r.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		r.refuse(name, "cannot be read ("+cause(err)+"); make it a file that this user may read")
		return
	}
	text := string(bytes.TrimPrefix(data, []byte("\ufeff")))
	values, line := parseDotenv(text)
	if line > 0 {
		r.refuse(name, fmt.Sprintf("line %d is not of the form NAME=value; mend its name or close its quotes", line))
	}
	r.places = append(r.places, place{name, values})
}

// parseDotenv gives the values, and the number of the malformed line or 0. The
// library's own error quotes the text around it, which may be a secret, and
// has no line; so the longest run of lines that parses is looked for.
func parseDotenv(text string) (map[string]string, int) {
	lines := strings.SplitAfter(text, "\n")
	for n := len(lines); n > 0; n-- {
		values, err := godotenv.Unmarshal(strings.Join(lines[:n], ""))
		_, nameless := values[""] // a last line without "="
		if err == nil && !nameless {
			if n == len(lines) {
				return values, 0
			}
			return values, n + 1
		}
	}
	return nil, 1
}

// secretFile is the text of the file a NAME_FILE setting names, less one
// trailing newline. A relative path starts at the directory of the dotenv files.
func (r *reader) secretFile(name, path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		r.refuse(name, "names a file that cannot be read ("+cause(err)+"); mend the path or its permissions")
		return ""
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		r.refuse(name, "names an empty file; write the secret into it, or remove the setting")
	}
	return text
}

// cause is the system's reason without the path, which is a setting's value.
func cause(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return "unknown reason"
}

// KeepSecret makes a secret for development (32 random bytes, base64url),
// appends it to dir/.env.local as BETTER_AUTH_SECRET and returns it. The file
// is then readable by its owner only (mode 0600). Of programs that call it at
// the same moment one makes the secret, and the others return the same.
func KeepSecret(dir string) (Secret, error) {
	path := filepath.Join(dir, ".env.local")
	unlock := lockBriefly(path + ".lock")
	defer unlock()
	if kept, err := godotenv.Read(path); err == nil && kept["BETTER_AUTH_SECRET"] != "" {
		return Secret(kept["BETTER_AUTH_SECRET"]), nil
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	secret := base64.RawURLEncoding.EncodeToString(key)
	lines := "# Made by countersign for development. Give Better Auth the same secret.\n" +
		"BETTER_AUTH_SECRET=" + secret + "\n"
	if err := appendPrivately(path, lines); err != nil {
		return "", fmt.Errorf("keep the development secret: %w", err)
	}
	return Secret(secret), nil
}

// lockBriefly waits until it is the one that makes a file, and gives what takes
// the file away again. A file that a killed program left behind is waited for
// for two seconds, and then passed over.
func lockBriefly(path string) (unlock func()) {
	for range 40 {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			_ = file.Close()
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return func() {} // nothing can be written here, as the caller will find
		}
		time.Sleep(50 * time.Millisecond)
	}
	return func() { _ = os.Remove(path) }
}

// appendPrivately adds whole lines to a file, after a newline where the last
// line has none: glued to it, the secret would be lost and the line spoiled.
func appendPrivately(path, lines string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // a second time, where all went well
	if err := file.Chmod(0o600); err != nil {
		return err
	}
	before, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	if len(before) > 0 && !bytes.HasSuffix(before, []byte("\n")) {
		lines = "\n" + lines
	}
	if _, err := file.WriteString(lines); err != nil {
		return err
	}
	return file.Close()
}
