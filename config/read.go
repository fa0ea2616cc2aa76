package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reader looks settings up and collects what is wrong with them. Its methods
// always return something usable, so that reading goes on after a problem;
// Load throws the result away when there was one.
type reader struct {
	dir      string
	places   []place
	problems []Problem
	warnings []string
}

// place is somewhere settings stand: the environment or a file.
type place struct {
	name   string
	values map[string]string
}

func newReader(env []string, dir string) *reader {
	values := make(map[string]string, len(env))
	for _, entry := range env {
		if name, value, found := strings.Cut(entry, "="); found {
			values[name] = value
		}
	}
	r := &reader{dir: dir, places: []place{{"the environment", values}}}
	r.addFile(".env.local")
	r.addFile(".env")
	return r
}

// refuse records a problem. The message must be made of this program's own
// words: errors of strconv, net/url and the like quote the value.
func (r *reader) refuse(name, message string) {
	r.problems = append(r.problems, Problem{Name: name, Message: message})
}

// refused reports whether a problem with this setting is known already, so
// that a wrong value is not called a missing one too.
func (r *reader) refused(name string) bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool {
		return p.Name == name || p.Name == name+"_FILE"
	})
}

func (r *reader) warn(name, message string) {
	r.warnings = append(r.warnings, name+": "+message)
}

// text is the setting's value without surrounding space, "" when unset.
func (r *reader) text(name string) string {
	for _, p := range r.places {
		if value := strings.TrimSpace(p.values[name]); value != "" {
			return value
		}
	}
	return ""
}

// secret is the setting's value, or the text of the file that NAME_FILE names,
// from the first place that has either. Nothing is trimmed: Better Auth uses
// the same bytes.
func (r *reader) secret(name string) string {
	for _, p := range r.places {
		value, path := p.values[name], strings.TrimSpace(p.values[name+"_FILE"])
		if value != "" && path != "" {
			r.refuse(name, "is set in "+p.name+" together with "+name+"_FILE; remove one of them")
		}
		if value != "" {
			return value
		}
		if path != "" {
			return r.secretFile(name+"_FILE", path)
		}
	}
	return ""
}

// choice is one of the allowed words, compared without regard to case; the
// first is the default.
func (r *reader) choice(name string, allowed ...string) string {
	value := r.text(name)
	if value == "" {
		return allowed[0]
	}
	for _, word := range allowed {
		if strings.EqualFold(value, word) {
			return word
		}
	}
	r.refuse(name, "is not a known value; use one of "+strings.Join(allowed, ", "))
	return allowed[0]
}

func (r *reader) onOff(name string, unset bool) bool {
	value := r.text(name)
	if value == "" {
		return unset
	}
	on, ok := parseOnOff(value)
	if !ok {
		r.refuse(name, "is neither on nor off; write on or off")
	}
	return on
}

func parseOnOff(value string) (on, ok bool) {
	switch strings.ToLower(value) {
	case "on", "true", "1":
		return true, true
	case "off", "false", "0":
		return false, true
	}
	return false, false
}

func (r *reader) number(name string, unset, low, high int) int {
	value := r.text(name)
	if value == "" {
		return unset
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		r.refuse(name, fmt.Sprintf("is not a whole number from %d to %d; the default is %d", low, high, unset))
		return unset
	}
	return n
}

// duration is a Go duration from 0 to high.
func (r *reader) duration(name string, unset, high time.Duration) time.Duration {
	value := r.text(name)
	if value == "" {
		return unset
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 || d > high {
		r.refuse(name, fmt.Sprintf("is not a duration from 0s to %v; write it with its unit, as in %v", high, unset))
		return unset
	}
	return d
}

// list is the comma-separated entries without space around them; empty and
// repeated ones are dropped.
func (r *reader) list(name string) []string {
	var entries []string
	for entry := range strings.SplitSeq(r.text(name), ",") {
		entry = strings.TrimSpace(entry)
		if entry != "" && !slices.Contains(entries, entry) {
			entries = append(entries, entry)
		}
	}
	return entries
}
