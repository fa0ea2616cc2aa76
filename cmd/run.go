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
	"countersign/models"
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

// errNoSecret is for what cannot make one up.
var errNoSecret = fmt.Errorf("%w: BETTER_AUTH_SECRET: is not set; set it to the secret of your Better Auth, or without one start countersign here once, which makes one where there are no users yet", errSettings)

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
	p.log.Flush()
	_, _ = fmt.Fprintln(stderr, told(err))
	if errors.Is(err, errSettings) {
		return 2
	}
	return 1
}

// told is an error for people: the fields that are wrong are named too.
func told(err error) string {
	var known *models.Error
	text := err.Error()
	if errors.As(err, &known) {
		for _, f := range known.Fields {
			text += "\n  " + f.Field + " " + f.Message
		}
	}
	return text
}

const rootHelp = `An API backend for front ends that use Better Auth.

Without a subcommand it serves. Settings come from the environment, then .env.local, then .env in this folder.

Exit codes: 0 for what was done, 1 for what was not or is not well, 2 for settings that must be mended first.`

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "countersign",
		Short:         "An API backend for front ends that use Better Auth",
		Long:          rootHelp,
		Example:       "  countersign\n  countersign doctor\n  countersign user role ada@example.com admin",
		Version:       version(),
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(c *cobra.Command, _ []string) error { return p.serve(c.Context()) },
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetFlagErrorFunc(pointToHelp)
	// Arguments are users and roles, which no completion may ask the database for, and not files.
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.AddCommand(
		p.serveCommand(), p.migrateCommand(), p.doctorCommand(), p.explainCommand(), p.userCommand(),
		p.tokenCommand(), p.routesCommand(), p.seedCommand(), p.versionCommand(), p.healthCommand(),
	)
	explainArguments(root)
	return root
}

func pointToHelp(c *cobra.Command, err error) error {
	return fmt.Errorf("%w; see %s --help", err, c.CommandPath())
}

// explainArguments lets every command that refuses its arguments say where they are explained.
func explainArguments(c *cobra.Command) {
	if allowed := c.Args; allowed != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			err := allowed(c, args)
			if err != nil {
				err = pointToHelp(c, err)
			}
			return err
		}
	}
	for _, below := range c.Commands() {
		explainArguments(below)
	}
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
