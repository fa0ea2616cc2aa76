package handlers

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/munnerz/goautoneg"

	"countersign/models"
)

// pageFiles are written by hand; docs/dependencies.md says what was left out for them, and why.
//
//go:embed pages
var pageFiles embed.FS

// pagePolicy lets a page have what the binary serves, and nothing from anywhere else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// Pages are what a browser is shown of the API's reference.
type Pages struct{}

// Docs is the reference: its script reads /openapi.json.
func (*Pages) Docs(c echo.Context) error { return sendFile(c, "docs.html") }

// File gives a script or style of the pages.
func (*Pages) File(c echo.Context) error {
	return sendFile(c, "docs/"+c.Param("file"))
}

// sendFile answers with a file of the binary, which nobody keeps: a new binary shows at once. The name is not cleaned:
// embed knows none with dots or empty parts.
func sendFile(c echo.Context, name string) error {
	content, err := pageFiles.ReadFile("pages/" + name)
	if err != nil {
		return models.ErrNotFound // a name that is not there, or a folder's
	}
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, pagePolicy)
	return c.Blob(http.StatusOK, contentTypes[path.Ext(name)], content)
}

// contentTypes stand here because the system's own list, which Go would ask, is wrong on some machines.
var contentTypes = map[string]string{
	".html": echo.MIMETextHTMLCharsetUTF8,
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
}

var homePage = template.Must(template.ParseFS(pageFiles, "pages/home.html"))

// homeView is what the start page says.
type homeView struct {
	Version, URL string
	Ready        bool
}

func (h *Service) homePage(c echo.Context) error {
	var page bytes.Buffer
	if err := homePage.Execute(&page, homeView{h.Version, h.URL, h.ready(c.Request().Context()) == nil}); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, pagePolicy)
	return c.HTMLBlob(http.StatusOK, page.Bytes())
}

// wantsPage says whether a client would rather have HTML than JSON, as browsers do and programs do not.
func wantsPage(r *http.Request) bool {
	accept := strings.Join(r.Header.Values(echo.HeaderAccept), ",")
	return goautoneg.Negotiate(accept, []string{echo.MIMEApplicationJSON, echo.MIMETextHTML}) == echo.MIMETextHTML
}
