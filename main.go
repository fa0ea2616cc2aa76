// Countersign is an API backend for front ends that use Better Auth.
package main

import (
	"os"

	"countersign/cmd"
)

func main() { os.Exit(cmd.Run(os.Args[1:], os.Environ(), os.Stdout, os.Stderr)) }
