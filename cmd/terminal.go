package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"

	"countersign/models"
)

// terminal gives the file of a stream that a person sits at, nil for a pipe or a file.
func terminal(stream any) *os.File {
	f, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return f
}

// variable gives an environment variable's value; of a repeated name the last counts, as in os/exec.
func (p *program) variable(name string) (value string) {
	for _, line := range p.env {
		if v, found := strings.CutPrefix(line, name+"="); found {
			value = v
		}
	}
	return value
}

// mark shows a word in green or red on a terminal, unless NO_COLOR (no-color.org) is set or the terminal has no colours.
func (p *program) mark(good bool, word string) string {
	if terminal(p.stdout) == nil || p.variable("NO_COLOR") != "" || p.variable("TERM") == "dumb" {
		return word
	}
	if good {
		return "\x1b[32m" + word + "\x1b[0m"
	}
	return "\x1b[31m" + word + "\x1b[0m"
}

// printable is text from outside as a terminal may see it: what could move the cursor or hide a line is a ?.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, text)
}

// maxTyped bounds what is read of a password, in bytes.
const maxTyped = 4096

// readPassword reads a new password: on a terminal twice and without echo, else the one line of standard input.
func (p *program) readPassword(ctx context.Context, in io.Reader) (models.Secret, error) {
	if keyboard := terminal(in); keyboard != nil {
		first, err := p.askSecret(ctx, keyboard, "New password: ")
		if err != nil {
			return "", err
		}
		second, err := p.askSecret(ctx, keyboard, "The same again: ")
		if err == nil && first != second {
			err = errors.New("the two are not the same; nothing was changed")
		}
		return first, err
	}
	text, err := io.ReadAll(io.LimitReader(in, maxTyped))
	line := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if err == nil && (line == "" || strings.Contains(line, "\n")) {
		err = errors.New("the password is read from standard input, which must have one line and nothing else")
	}
	return models.Secret(line), err
}

// askSecret reads a line without echo. When the context ends first, the terminal gets its echo back.
func (p *program) askSecret(ctx context.Context, keyboard *os.File, question string) (models.Secret, error) {
	fd := int(keyboard.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	_, _ = fmt.Fprint(p.stderr, question)
	defer func() { _, _ = fmt.Fprintln(p.stderr) }()
	typed, failed := make(chan models.Secret, 1), make(chan error, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		failed <- err
		typed <- models.Secret(text)
	}()
	select {
	case err := <-failed:
		return <-typed, err
	case <-ctx.Done():
		return "", errors.Join(errors.New("interrupted; nothing was changed"), term.Restore(fd, before))
	}
}

// confirm asks a yes-or-no question on a terminal; false where nobody sits at one, or the context ends first.
func (p *program) confirm(ctx context.Context, in io.Reader, question string) bool {
	keyboard := terminal(in)
	if keyboard == nil {
		return false
	}
	_, _ = fmt.Fprint(p.stderr, question+" [y/N] ")
	answered := make(chan string, 1)
	go func() {
		var answer string
		_, _ = fmt.Fscanln(keyboard, &answer) // what cannot be read is no yes
		answered <- answer
	}()
	select {
	case answer := <-answered:
		return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
	case <-ctx.Done():
		return false
	}
}
