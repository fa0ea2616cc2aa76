package models

import (
	"database/sql/driver"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is text that must never be seen: a token, a password hash, a signing key, a connection string.
// However it is printed, logged or encoded, it says [redacted]; Reveal gives the text. Its methods are not
// asked in two places, so keep it out of them: an unexported field of a struct that is printed, and the key
// of a map in JSON.
type Secret string

// Reveal gives the text itself, for comparing, signing and storing.
func (s Secret) Reveal() string { return string(s) }

// String hides the text where a string is asked for.
func (Secret) String() string { return redacted }

// GoString hides the text from fmt's %#v.
func (Secret) GoString() string { return redacted }

// Format hides the text from every other verb: without it %x would go past String.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the text from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the text from encoders such as encoding/json.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Value hands the text to a database. Without it a driver that asks for a String would store "[redacted]".
func (s Secret) Value() (driver.Value, error) { return string(s), nil }
