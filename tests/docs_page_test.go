package tests

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const (
	desktop = 1280
	phone   = 375
)

// register makes a user on the page and waits until it is signed in.
func (b *browser) register(name, email string) {
	b.t.Helper()
	b.run(
		chromedp.Click(`#who button`), chromedp.Click(`//dialog//summary[text()="Register"]`),
		chromedp.SendKeys(`dialog details[open] [name=name]`, name),
		chromedp.SendKeys(`dialog details[open] [name=email]`, email),
		chromedp.SendKeys(`dialog details[open] [name=password]`, password),
		chromedp.Click(`dialog details[open] [type=submit]`),
	)
	b.text(`#who .name`, name)
}

// send presses the button of the operation that is shown, and waits for a status.
func (b *browser) send(status string) {
	b.t.Helper()
	b.run(chromedp.Click(`.try [type=submit]`))
	b.text(`.outcome`, status)
}

// What a stranger does first: open the page, make a user, ask who they are, write something.
func TestDocsPage(t *testing.T) {
	t.Parallel()
	b := browse(t)
	b.open("/docs", desktop, "light")
	b.text(`.overview`, "Every operation")
	b.text(`#nav`, "/api/admin/users/{id}/sessions")

	b.open("/docs#getMe", desktop, "light")
	b.text(`.hint`, "Nobody is signed in, so this answers 401")
	b.send("401")
	b.text(`.body`, "not_authenticated")

	const name = `<img src=x onerror="console.error('markup')">` // a name is text, whatever it looks like
	b.register(name, "ada@example.com")
	b.send("200 OK")
	b.text(`.body`, "ada@example.com")
	b.text(`.curl`, `-H "Authorization: Bearer $TOKEN"`)
	if evaluate[bool](b, `document.querySelector("main img, header img") !== null`) {
		t.Error("a user's name became markup")
	}
	if kept := evaluate[string](b, `JSON.stringify(localStorage) + document.cookie`); kept != "{}" {
		t.Error("the tokens outlive the tab: ", kept)
	}

	b.run(chromedp.Click(`#nav a[data-id=createPost]`))
	b.text(`.operation`, "1–200 characters")
	b.send("201 Created")
	b.text(`.body`, `"title": "First post"`)
	b.run(chromedp.Click(`.came summary`))
	b.text(`.came details`, "location: /api/posts/1")

	b.run(chromedp.Click(`#nav a[data-id=deletePost]`))
	b.text(`.guard`, "moderator or admin")
	b.text(`.hint`, "You have the role user, so this answers 403")
	b.run(chromedp.SendKeys(`.try [name=id]`, "1"))
	b.send("403")
}

// The page gets itself a new pair of tokens where the old one has run out, and ends the session at last.
func TestDocsPageKeepsItsSession(t *testing.T) {
	t.Parallel()
	b := browse(t)
	b.open("/docs#getMe", desktop, "light")
	b.register("Ada", "ada@example.com")
	b.Clock.Add(31 * time.Minute)
	b.send("200 OK")
	b.run(chromedp.Reload())
	b.text(`#who .name`, "Ada")
	b.run(chromedp.Click(`#who button.quiet`))
	b.text(`#who button`, "Sign in")
	if n := b.one(t, `SELECT count(*) FROM "session"`); n != "0" {
		t.Errorf("%s sessions are left after signing out", n)
	}
	b.run(chromedp.Click(`#who button`), chromedp.SendKeys(`dialog details[open] [name=email]`, "ada@example.com"),
		chromedp.SendKeys(`dialog details[open] [name=password]`, "wrong horse"), chromedp.Click(`dialog details[open] [type=submit]`))
	b.text(`dialog .error`, "Incorrect email or password")
	b.run(chromedp.SetValue(`dialog details[open] [name=password]`, password), chromedp.Click(`dialog details[open] [type=submit]`))
	b.text(`#who .name`, "Ada")
}

// Better Auth's cookie is there already: the page says whose it is, and writes with it from the API's own origin.
func TestDocsPageByCookie(t *testing.T) {
	t.Parallel()
	b := browse(t, "LOCAL_AUTH=off")
	id, token := b.signedIn(t, "moderator")
	b.open("/docs#createPost", desktop, "dark")
	b.text(`#who`, "Sign in")
	b.run(chromedp.Click(`#who button`))
	if offered := evaluate[string](b, `[...document.querySelectorAll("dialog summary")].map((e) => e.innerText).join()`); offered != "Cookie,Bearer token,API key" {
		t.Error("ways to sign in that this API does not have: ", offered)
	}
	b.run(chromedp.Click(`dialog details[open] [type=submit]`))
	b.text(`dialog .error`, "Not authenticated")

	b.setCookie(cookie(token))
	b.run(chromedp.Reload())
	b.text(`#who`, "by cookie")
	b.text(`#who .name`, "Name of "+id)
	b.send("201 Created")
	b.text(`.body`, id)

	b.run(chromedp.Click(`#who button.quiet`))
	b.text(`#who`, "Sign in")
	b.send("401") // who let go of the cookie does not speak by it
}

// A credential from elsewhere: what does not hold is said, what holds is sent.
func TestDocsPageByToken(t *testing.T) {
	t.Parallel()
	b := browse(t)
	id, token := b.signedIn(t, "admin")
	b.open("/docs#listUsers", desktop, "light")
	b.run(chromedp.Click(`#who button`), chromedp.Click(`//dialog//summary[text()="Bearer token"]`),
		chromedp.SendKeys(`dialog details[open] [name=token]`, "none"), chromedp.Click(`dialog details[open] [type=submit]`))
	b.text(`dialog .error`, "Not authenticated")
	b.run(chromedp.SetValue(`dialog details[open] [name=token]`, token), chromedp.Click(`dialog details[open] [type=submit]`))
	b.text(`#who`, "by bearer token")
	b.run(chromedp.SetValue(`.try [name=q]`, id))
	b.send("200 OK")
	b.text(`.body`, `"total": 1`)
}

// By keyboard, in both colour schemes, and as wide as a phone.
func TestDocsPageForEverybody(t *testing.T) {
	t.Parallel()
	b := browse(t)
	ids := []string{""}
	b.open("/docs", desktop, "light")
	b.text(`.overview`, "Every operation")
	ids = append(ids, evaluate[[]string](b, `[...document.querySelectorAll("#nav a")].map((a) => a.dataset.id)`)...)
	if len(ids) < 25 {
		t.Errorf("only %q are listed", ids)
	}
	light := evaluate[string](b, `getComputedStyle(document.body).backgroundColor`)
	b.open("/docs", desktop, "dark")
	if dark := evaluate[string](b, `getComputedStyle(document.body).backgroundColor`); dark == light {
		t.Errorf("dark is as light: %s", dark)
	}

	b.text(`.overview`, "Every operation")
	b.run(chromedp.KeyEvent("/"), chromedp.KeyEvent("audit 403"))
	b.until(`document.querySelectorAll("#nav a").length === 1`)
	b.run(chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"))
	b.text(`.operation .path`, "/api/admin/audit")

	b.open("/docs", phone, "light")
	b.text(`.overview`, "Every operation")
	for _, id := range ids {
		b.run(chromedp.Evaluate[chromedp.Void](`location.hash = "` + id + `"`))
		b.until(`document.querySelector("` + map[bool]string{true: ".overview", false: ".operation"}[id == ""] + `") && location.hash.slice(1) === "` + id + `"`)
		if wide := evaluate[int](b, `document.documentElement.scrollWidth`); wide > phone {
			t.Errorf("#%s is %d pixels wide on a phone of %d", id, wide, phone)
		}
		if unnamed := evaluate[int](b, `[...document.querySelectorAll("input, select, textarea, button")].filter((e) => !e.labels?.length && !e.innerText.trim() && e.checkVisibility()).length`); unnamed > 0 {
			t.Errorf("#%s has %d controls without a name", id, unnamed)
		}
	}
	b.run(chromedp.Click(`#menu`), chromedp.Click(`#nav a[data-id=getMe]`))
	b.text(`.operation .path`, "/api/me")
	b.send("401")
}

// The start page says in a browser what this is and whether it is well.
func TestHomePageInABrowser(t *testing.T) {
	t.Parallel()
	b := browse(t)
	for _, scheme := range []string{"light", "dark"} {
		b.open("/", phone, scheme)
		b.text(`.state`, "Ready to serve")
		b.text(`pre`, b.origin+"/api/me")
		if wide := evaluate[int](b, `document.documentElement.scrollWidth`); wide > phone {
			t.Errorf("%d pixels wide on a phone of %d", wide, phone)
		}
	}
	b.run(chromedp.Click(`a[href="/docs"]`))
	b.text(`.overview`, "Every operation")
}
