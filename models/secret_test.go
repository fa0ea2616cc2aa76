package models

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	const text = "canary"
	secret := Secret(text)
	holder := struct {
		S Secret
		P *Secret
		L []Secret
		M map[int]Secret
	}{secret, &secret, []Secret{secret}, map[int]Secret{1: secret}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%c", "%08.3f", "%-20s", "%U"} {
		for _, value := range []any{secret, &secret, []Secret{secret}, holder} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
	}
	fmt.Fprintln(&out, secret, secret.String(), secret.GoString(), fmt.Errorf("with %v", secret))
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "s", secret, "all", holder)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "s", secret, "all", holder)
	if err := json.NewEncoder(&out).Encode(holder); err != nil {
		t.Fatal(err)
	}
	for _, trace := range []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text)} {
		if strings.Contains(out.String(), trace) {
			t.Errorf("%q stands in:\n%s", trace, out.String())
		}
	}
	if got := fmt.Sprint(secret); got != "[redacted]" || secret.Reveal() != text {
		t.Errorf("prints %q", got)
	}
}
