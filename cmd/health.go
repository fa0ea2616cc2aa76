package cmd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"countersign/config"
)

// healthTime is how long an answer is waited for: /readyz gives the database 1.5 seconds.
const healthTime = 3 * time.Second

func (p *program) healthCommand() *cobra.Command {
	var ready bool
	c := &cobra.Command{
		Use: "health", Short: "Ask the Countersign on this machine whether it runs, for images that have no curl",
		Long: "Ask the Countersign that listens on HOST and PORT of this machine for /healthz. The exit code is 0 when it answers 200, 1 when not.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			settings, err := p.settings()
			if err != nil {
				return err
			}
			path := "/healthz"
			if ready {
				path = "/readyz"
			}
			return askHealth(c.Context(), settings, path)
		},
	}
	c.Flags().BoolVar(&ready, "ready", false, "ask /readyz: whether requests can be served")
	return c
}

// askHealth is nil for an answer of 200.
func askHealth(ctx context.Context, settings *config.Config, path string) error {
	if settings.Port == 0 {
		return errors.New("PORT is 0, so where the program listens cannot be known; set PORT")
	}
	host := settings.Host
	if host == "" || host == "localhost" {
		host = "127.0.0.1" // which an image without /etc/hosts has, too
	}
	url := "http://" + net.JoinHostPort(host, strconv.Itoa(settings.Port)) + path
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	// A transport of its own, for which HTTP_PROXY does not count.
	answer, err := new(http.Transport).RoundTrip(r)
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", url, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %d; the log of the program says why, and so does: countersign doctor", url, answer.StatusCode)
	}
	return nil
}
