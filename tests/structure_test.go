package tests

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rooms says which rooms each room may import, and why the others are closed to it.
var rooms = map[string]struct {
	may []string
	why string
}{
	"models":     {nil, "every room speaks in its words, so it knows none of them"},
	"config":     {[]string{"models"}, "settings are read before anything else is there"},
	"auth":       {[]string{"models", "config"}, "who is asking must not depend on how rows are kept or requests routed: declare a store interface"},
	"openapi":    {[]string{"models"}, "how the API is described knows nothing of what it does"},
	"database":   {[]string{"models", "config"}, "rows are found and kept without knowing who asks"},
	"limits":     {[]string{"models", "config"}, "counting knows neither who asks nor what: declare an interface where requests are counted"},
	"middleware": {[]string{"models", "config", "auth"}, "what a request passes is not what answers it"},
	"handlers":   {[]string{"models", "config", "auth", "database", "openapi"}, "a handler does not choose its guards"},
	"routes":     {[]string{"models", "config", "auth", "database", "middleware", "handlers", "openapi"}, "the table names guards and handlers and is built by cmd"},
	"cmd":        {[]string{"models", "config", "auth", "database", "limits", "middleware", "handlers", "routes"}, "the program is not its own test"},
	"main":       {[]string{"cmd"}, "main makes one call"},
}

// libraries are those that only some packages may import.
var libraries = map[string][]string{
	"github.com/labstack/echo":             {"middleware", "handlers", "routes", "cmd"},
	"gorm.io/":                             {"database"},
	"github.com/jackc/pgx":                 {"database"},
	"github.com/ncruces/":                  {"database"},
	"github.com/pressly/goose":             {"database"},
	"github.com/golang-jwt/":               {"auth"},
	"github.com/go-jose/":                  {"auth"},
	"github.com/gomodule/redigo":           {"database/redis"},
	"countersign/database/redis":           {"cmd"}, // it fulfils interfaces as package database does: nobody else need know
	"github.com/joho/godotenv":             {"config"},
	"github.com/spf13/":                    {"cmd"},
	"github.com/VictoriaMetrics/fastcache": {"auth"},
	"github.com/prometheus/":               {"middleware", "cmd"},
	"go.opentelemetry.io/":                 {"middleware", "cmd"},
	"github.com/XSAM/otelsql":              {"cmd"},
	"github.com/go-playground/":            {"handlers"},
	"github.com/munnerz/goautoneg":         {"handlers"},
	"golang.org/x/crypto/scrypt":           {"auth"},
	"golang.org/x/crypto/bcrypt":           {"auth"},
	"golang.org/x/crypto/argon2":           {"auth"},
	"golang.org/x/term":                    {"cmd"},
	"github.com/google/jsonschema-go":      {"openapi", "handlers", "routes"},
}

// The direction of imports keeps every room readable on its own.
func TestImportsKeepTheirDirection(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		room := strings.SplitN(strings.TrimPrefix(p.ImportPath, "countersign/"), "/", 2)[0]
		if p.ImportPath == "countersign" {
			room = "main"
		}
		rule, known := rooms[room]
		if !known {
			t.Errorf("%s: a new room %q: say in this test what it may import", p.ImportPath, room)
		}
		for _, imported := range p.Imports {
			other, ours := strings.CutPrefix(imported, "countersign/")
			if other = strings.SplitN(other, "/", 2)[0]; ours && other != room && !slices.Contains(rule.may, other) {
				t.Errorf("%s imports %s: %s", room, other, rule.why)
			}
			for library, allowed := range libraries {
				if strings.HasPrefix(imported, library) && !slices.Contains(allowed, strings.TrimPrefix(p.ImportPath, "countersign/")) {
					t.Errorf("%s imports %s: only %s may", p.ImportPath, imported, strings.Join(allowed, ", "))
				}
			}
			if room == "models" && strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
				t.Errorf("models imports %s: it has the standard library only", imported)
			}
		}
		if p.Doc == "" {
			t.Errorf("%s has no package doc sentence", p.ImportPath)
		}
	}
}

type goPackage struct {
	ImportPath, Doc string
	Imports         []string
}

// packages are the program's own, without tests and examples.
func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Doc,Imports", "countersign/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(p.ImportPath, "countersign/tests") {
			all = append(all, p)
		}
	}
}
