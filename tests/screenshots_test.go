package tests

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// What the documents show of the pages: COUNTERSIGN_SCREENSHOTS names the folder to write it into, as make
// screenshots does. Nothing is compared: fonts differ from machine to machine.
func TestScreenshots(t *testing.T) {
	folder := os.Getenv("COUNTERSIGN_SCREENSHOTS")
	if folder == "" {
		t.Skip("run by make screenshots only")
	}
	b := browse(t)
	b.open("/docs#createPost", desktop, "light")
	b.register("Ada", "ada@example.com")
	b.send("201 Created")
	b.picture(folder, "docs-light.png")

	b.open("/docs#getMe", desktop, "dark")
	b.text(`#who .name`, "Ada")
	b.send("200 OK")
	b.picture(folder, "docs-dark.png")

	b.open("/docs#listPosts", phone, "light")
	b.text(`#who .name`, "Ada")
	b.send("200 OK")
	b.run(chromedp.Evaluate[chromedp.Void](`scrollTo(0, 0)`))
	b.picture(folder, "docs-phone.png")

	b.open("/", desktop, "light")
	b.text(`.state`, "Ready")
	b.picture(folder, "home.png")
}

// picture writes what is to be seen into a file, as small as PNG makes it.
func (b *browser) picture(folder, name string) {
	b.t.Helper()
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	image, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		b.t.Fatal(err)
	}
	var file bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&file, image); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), file.Bytes(), 0o644); err != nil {
		b.t.Fatal(err)
	}
}
