package cmd

import (
	"context"
	"io"
	"log/slog"
	"math"
	"strconv"
	"sync"
	"time"
)

// jsonLog writes the lines that slog.JSONHandler writes. A record of plain values, as there is one for each request, it
// writes itself at a third of the cost; any other it leaves to slog.
type jsonLog struct {
	slog.Handler
	to io.Writer
}

func newJSONLog(to io.Writer, options *slog.HandlerOptions) *jsonLog {
	return &jsonLog{slog.NewJSONHandler(to, options), to}
}

var jsonLines = sync.Pool{New: func() any { return new([]byte) }}

// Handle writes a line.
func (h *jsonLog) Handle(ctx context.Context, r slog.Record) error {
	kept := jsonLines.Get().(*[]byte)
	defer jsonLines.Put(kept)
	line, plain := appendRecord((*kept)[:0], r)
	*kept = line
	if !plain {
		return h.Handler.Handle(ctx, r)
	}
	_, err := h.to.Write(line)
	return err
}

// appendRecord gives up at the first value that is not plain.
func appendRecord(line []byte, r slog.Record) (_ []byte, plain bool) {
	line = append(line, `{"time":"`...)
	line = r.Time.AppendFormat(line, time.RFC3339Nano)
	line = append(line, `","level":"`...)
	line = append(line, r.Level.String()...)
	line = append(line, `","msg":`...)
	line, plain = appendText(line, r.Message)
	plain = plain && !r.Time.IsZero()
	r.Attrs(func(a slog.Attr) bool {
		if plain {
			line, plain = appendText(append(line, ','), a.Key)
		}
		if plain {
			line, plain = appendValue(append(line, ':'), a.Value)
		}
		return plain
	})
	return append(line, "}\n"...), plain
}

func appendValue(line []byte, v slog.Value) (_ []byte, plain bool) {
	switch v.Kind() {
	case slog.KindString:
		return appendText(line, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(line, v.Int64(), 10), true
	case slog.KindBool:
		return strconv.AppendBool(line, v.Bool()), true
	case slog.KindFloat64:
		// JSON's other floats have exponents, or are none.
		size := math.Abs(v.Float64())
		return strconv.AppendFloat(line, v.Float64(), 'f', -1, 64), size == 0 || 1e-6 <= size && size < 1e21
	default:
		return line, false
	}
}

// appendText quotes letters that JSON takes as they are.
func appendText(line []byte, text string) (_ []byte, plain bool) {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return line, false
		}
	}
	return append(append(append(line, '"'), text...), '"'), true
}
