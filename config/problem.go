package config

import "strings"

// Problem is one setting that cannot be used. Neither part ever holds the
// value: it may be a secret, and a problem is printed and logged.
type Problem struct {
	// Name is the setting's, or the file's when the file itself is at fault.
	Name string
	// Message says what is wrong, then after a semicolon how to mend it.
	Message string
}

// String is the problem as one line.
func (p Problem) String() string { return p.Name + ": " + p.Message }

// Problems is the error of Load: everything that is wrong, in the order of
// reading, so that a deployment is mended once and not once for each line.
type Problems struct{ List []Problem }

// Error has one line for each problem.
func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, problem := range p.List {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}
