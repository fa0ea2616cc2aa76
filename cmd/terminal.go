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
		return p.askPassword(ctx, keyboard)
	}
	text, err := io.ReadAll(io.LimitReader(in, maxTyped))
	line := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if err == nil && (line == "" || strings.Contains(line, "\n")) {
		err = errors.New("the password is read from standard input, which must have one line and nothing else")
	}
	return models.Secret(line), err
}

// askPassword asks for a new password twice. The echo is off before the question shows, and back on at the end, also when the context ends first.
func (p *program) askPassword(ctx context.Context, keyboard *os.File) (_ models.Secret, err error) {
	before, err := term.MakeRaw(int(keyboard.Fd()))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, term.Restore(int(keyboard.Fd()), before)) }()
	line := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keyboard, p.stderr}, "")
	var first string // read after the channel only
	read := make(chan error, 1)
	go func() {
		var err error
		first, err = line.ReadPassword("New password: ")
		if err == nil {
			var second string
			if second, err = line.ReadPassword("The same again: "); err == nil && first != second {
				err = errors.New("the two are not the same; nothing was changed")
			}
		}
		read <- err
	}()
	select {
	case err = <-read:
		if !errors.Is(err, io.EOF) { // Ctrl-C and Ctrl-D
			return models.Secret(first), err
		}
	case <-ctx.Done():
	}
	_, _ = fmt.Fprint(p.stderr, "\r\n")
	return "", errors.New("interrupted; nothing was changed")
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
