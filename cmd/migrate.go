package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"countersign/database"
)

func (p *program) migrateCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "migrate", Short: "Change the tables of Countersign's own",
		Long: "Change the tables of Countersign's own, over DIRECT_URL. Better Auth's tables are made where none of them is there, and never altered.",
		Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		&cobra.Command{
			Use: "up", Short: "Apply every step that the database does not have", Args: cobra.NoArgs,
			RunE: p.migrator(func(c *cobra.Command, m *database.Migrator) error {
				applied, err := m.Up(c.Context())
				for _, step := range applied {
					c.Println(map[bool]string{true: "applied", false: "not applied:"}[step.Applied], step.Name)
				}
				if err == nil && applied == nil {
					c.Println("nothing to apply")
				}
				return err
			}),
		},
		p.migrateDownCommand(), p.migrateStatusCommand(),
	)
	return c
}

func (p *program) migrateDownCommand() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "down", Short: "Take the newest step back, and the rows of its tables with it", Args: cobra.NoArgs,
		Long: "Take the newest step back, and the rows of its tables with it. Where there are such rows, they are counted and named first, and\nnothing is done without --yes, or a yes on a terminal. Stop what serves from the database before.",
		RunE: p.withMigrator(func(c *cobra.Command, m *database.Migrator) error {
			step, lost, err := m.Newest(c.Context())
			if err != nil || step == nil {
				if err == nil {
					c.Println("nothing to take back")
				}
				return err
			}
			if lost != nil && !yes {
				_, _ = fmt.Fprintf(p.stderr, "taking back %s removes %s\n", step.Name, strings.Join(lost, ", "))
				if !p.confirm(c.Context(), c.InOrStdin(), "Remove them?") {
					return errors.New("nothing was done; say --yes to remove them")
				}
			}
			if step, err = m.Down(c.Context()); err == nil && step != nil {
				c.Println("took back", step.Name)
			}
			return err
		}),
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask before rows are removed")
	return c
}

func (p *program) migrateStatusCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "status", Short: "List the steps", Args: cobra.NoArgs,
		RunE: p.withMigrator(func(c *cobra.Command, m *database.Migrator) error {
			steps, err := m.Status(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return p.printJSON(steps)
			}
			for _, step := range steps {
				c.Println(map[bool]string{true: p.mark(true, "applied"), false: p.mark(false, "pending")}[step.Applied], step.Name)
			}
			return nil
		}),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// withMigrator is for what works on tables that are there, where migrator makes them.
func (p *program) withMigrator(f func(*cobra.Command, *database.Migrator) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		settings, err := p.settings()
		if err == nil {
			err = requireFile(settings.Database)
		}
		if err != nil {
			return err
		}
		return p.migrator(f)(c, args)
	}
}

func (p *program) migrator(f func(*cobra.Command, *database.Migrator) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, _ []string) (err error) {
		settings, err := p.settings()
		if err != nil {
			return err
		}
		m, err := database.OpenMigrator(settings.Database)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, m.Close()) }()
		if err := f(c, m); err != nil {
			return fmt.Errorf("%s: %w", settings.Database, err)
		}
		return nil
	}
}
