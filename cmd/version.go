package cmd

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build is what the binary knows of itself; a build without a checkout's history knows no commit.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	// Date is the commit's.
	Date string `json:"date"`
	// Modified says that the checkout had changes besides.
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (p *program) versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "version", Short: "Say which version this is, and what it was built from", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := newBuild(debug.ReadBuildInfo())
			if asJSON {
				return p.printJSON(b)
			}
			_, err := fmt.Fprint(p.stdout, b)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func newBuild(info *debug.BuildInfo, known bool) build {
	b := build{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if !known {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// String is for people.
func (b build) String() string {
	commit := cmp.Or(b.Commit, "unknown")
	if b.Modified {
		commit += ", with changes"
	}
	return fmt.Sprintf("countersign %s\ncommit      %s\ndate        %s\ngo          %s\nplatform    %s\n",
		b.Version, commit, cmp.Or(b.Date, "unknown"), b.Go, b.Platform)
}
