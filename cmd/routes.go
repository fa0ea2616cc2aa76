package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"countersign/handlers"
	"countersign/routes"
)

// listedRoute is a route as routes --json has it.
type listedRoute struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Guard  string `json:"guard"`
	Limit  string `json:"limit"`
}

func (p *program) routesCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "routes", Short: "List the routes, who each of them answers and how it is limited", Args: cobra.NoArgs,
		Long: "List the routes that there are with these settings, who each of them answers, and which figure of RATE_LIMIT counts its requests.\nNeither the database nor the secret is needed. HEAD answers where GET does.",
		RunE: func(*cobra.Command, []string) error { return p.listRoutes(asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// listRoutes asks for the table with handlers that nobody calls: nil will do where methods have pointers for receivers.
func (p *program) listRoutes(asJSON bool) error {
	settings, err := p.settings()
	if err != nil {
		return err
	}
	var all []listedRoute
	rows := [][]string{{"METHOD", "PATH", "GUARD", "LIMIT"}}
	for _, r := range routes.Table(routes.Handlers{Protected: &handlers.Protected{}}, settings.LocalAuth) {
		all = append(all, listedRoute{r.Method, r.Path, r.Guard.String(), r.Limit.String()})
		rows = append(rows, []string{r.Method, r.Path, r.Guard.String(), r.Limit.String()})
	}
	if asJSON {
		return p.printJSON(all)
	}
	if err := p.printTable(rows); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(p.stderr, "RATE_LIMIT:", settings.RateLimits)
	return nil
}
