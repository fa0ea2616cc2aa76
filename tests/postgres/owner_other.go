//go:build !unix

package postgres

import "os/exec"

type owner struct{}

// unprivileged fails: the keeper is a shell script.
func unprivileged() (owner, error) {
	return owner{}, &missingError{"a cluster for tests is started on Unix only"}
}

func (owner) own(string) error { return nil }

func (owner) apply(*exec.Cmd) {}
