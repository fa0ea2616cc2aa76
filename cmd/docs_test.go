package cmd

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every command and every flag stands in docs/cli.md.
func TestCommandsAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		if !strings.Contains(string(page), c.CommandPath()) {
			t.Errorf("docs/cli.md does not have %s", c.CommandPath())
		}
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(string(page), "--"+f.Name) {
				t.Errorf("docs/cli.md does not have --%s of %s", f.Name, c.CommandPath())
			}
		})
	}
	walk((&program{stdout: os.Stdout, stderr: os.Stderr}).root())
}
