// Package cmd holds the subcommands, one file each, and app.go, the one place that builds and closes everything.
package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"countersign/config"
)

// program is what every subcommand works with.
type program struct {
	env            []string
	stdout, stderr io.Writer
	// log is stderr, a moment later.
	log *lines
}

// errSettings marks errors that end with exit code 2: the settings must be mended first.
var errSettings = errors.New("the settings cannot be used")

// Run runs a subcommand, serve without one, and gives the exit code: 0, 1 for what failed, 2 for settings
// that cannot be used. An interrupt or SIGTERM ends it in good order.
func Run(args, env []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := &program{env, stdout, stderr, newLines(stderr)}
	defer p.log.Flush()
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(stderr, err)
	if errors.Is(err, errSettings) {
		return 2
	}
	return 1
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "countersign",
		Short:         "An API backend for front ends that use Better Auth",
		Version:       version(),
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(c *cobra.Command, _ []string) error { return p.serve(c.Context()) },
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.AddCommand(p.serveCommand(), p.migrateCommand(), p.userCommand(), p.doctorCommand(), p.explainCommand(), p.healthCommand())
	return root
}

// settings reads them from the environment and the working folder's .env files.
func (p *program) settings() (*config.Config, error) {
	c, err := config.Load(p.env, ".")
	if err != nil {
		return nil, fmt.Errorf("%w:\n%w", errSettings, err)
	}
	return c, nil
}

// version is the module's, or the commit's for a build from a checkout.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
