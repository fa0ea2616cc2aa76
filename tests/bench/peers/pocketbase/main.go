// Command pocketbase is PocketBase as it is delivered, with users of its own to be measured with.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
)

const users = 1000

func main() {
	app := pocketbase.New()
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if err := seed(e.App, os.Getenv("BENCH_REQUESTS")); err != nil {
			return err
		}
		return e.Next()
	})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}

// seed makes users and writes one request for each user's own record: path, header name and value.
func seed(app core.App, path string) error {
	collection, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	w := bufio.NewWriter(f)
	for i := range users {
		record := core.NewRecord(collection)
		record.SetEmail(fmt.Sprintf("user%d@example.com", i))
		record.SetVerified(true)
		record.Set("name", fmt.Sprintf("User number %d", i))
		// A hash that no password has: a real one would take 50 ms for each user, and nobody signs in.
		record.SetRaw("password", &core.PasswordFieldValue{Hash: "$2a$10$none"})
		record.RefreshTokenKey()
		if err := app.SaveNoValidate(record); err != nil {
			return err
		}
		token, err := record.NewAuthToken()
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(w, "/api/collections/users/records/%s\tAuthorization\t%s\n", record.Id, token)
	}
	return w.Flush()
}
