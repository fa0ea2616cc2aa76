package cmd

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/XSAM/otelsql"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"countersign/config"
	"countersign/database"
)

// flushTime bounds how long the last spans may take to leave when the program ends.
const flushTime = 3 * time.Second

// tracing makes spans of requests, statements and fetches and sends them to a collector. Nil is a tracing that is off:
// its methods then put nothing in the way.
type tracing struct{ provider *sdktrace.TracerProvider }

// newTracing gives nil where the settings want none. Nothing is asked of the collector yet.
func newTracing(settings config.Tracing, log *slog.Logger) (*tracing, error) {
	if !settings.Enabled {
		return nil, nil
	}
	for name, value := range settings.Files {
		if err := os.Setenv(name, value.Reveal()); err != nil { // the SDK reads nothing else
			return nil, fmt.Errorf("%s cannot be handed to OpenTelemetry: %w", name, err)
		}
	}
	var said atomic.Value
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		if text := withoutURL(err).Error(); said.Swap(text) != text { // each batch would say it again
			log.Warn("spans are lost: they cannot be made or sent", "error", text)
		}
	}))
	ctx := context.Background()
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP: %w", withoutURL(err))
	}
	// What stands later counts more: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "countersign"), attribute.String("service.version", version())), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return &tracing{sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))}, nil
}

// withoutURL is an error less the URL that was asked, which may have a key in its query.
func withoutURL(err error) error {
	var from *url.Error
	if errors.As(err, &from) {
		return from.Err
	}
	return err
}

// close sends what was not sent yet. A collector that is away is no failure of the program.
func (t *tracing) close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
	return nil
}

// options are what all instrumentations of HTTP are told: our provider, W3C's header and no other, no metrics.
func (t *tracing) options(more ...otelhttp.Option) []otelhttp.Option {
	return append(more, otelhttp.WithTracerProvider(t.provider), otelhttp.WithPropagators(propagation.TraceContext{}), otelhttp.WithMeterProvider(noop.NewMeterProvider()))
}

// around puts the span of each request around a handler; asking for health is none.
func (t *tracing) around(h http.Handler) http.Handler {
	if t == nil {
		return h
	}
	wanted := func(r *http.Request) bool { return r.URL.Path != "/healthz" && r.URL.Path != "/readyz" }
	return otelhttp.NewHandler(h, "request", t.options(otelhttp.WithFilter(wanted))...)
}

// traceID gives the id of a request's trace for the log.
func (t *tracing) traceID() func(context.Context) string {
	if t == nil {
		return nil
	}
	return func(ctx context.Context) string { return trace.SpanContextFromContext(ctx).TraceID().String() }
}

// openPool makes spans of the statements that a request waits for, without their values.
func (t *tracing) openPool() database.OpenPool {
	if t == nil {
		return sql.OpenDB
	}
	return func(c driver.Connector) *sql.DB {
		return otelsql.OpenDB(c, otelsql.WithTracerProvider(t.provider), otelsql.WithMeterProvider(noop.NewMeterProvider()), otelsql.WithSpanOptions(otelsql.SpanOptions{
			OmitConnResetSession: true, OmitRows: true, OmitConnPrepare: true, DisableErrSkip: true,
			RecordError: func(error) bool { return false }, // PostgreSQL quotes values in its errors
			SpanFilter: func(ctx context.Context, _ otelsql.Method, _ string, _ []driver.NamedValue) bool {
				return trace.SpanContextFromContext(ctx).IsValid()
			},
		}), otelsql.WithSpanErrorAttributesGetter(func(err error) []attribute.KeyValue {
			return []attribute.KeyValue{attribute.String("error.type", fmt.Sprintf("%T", err))}
		}))
	}
}

// transport makes spans of fetches.
func (t *tracing) transport() http.RoundTripper {
	if t == nil {
		return nil
	}
	return otelhttp.NewTransport(plainURL{http.DefaultTransport}, t.options()...)
}

// plainURL takes the query out of a span's URL, since it may have a key.
type plainURL struct{ http.RoundTripper }

func (p plainURL) RoundTrip(r *http.Request) (*http.Response, error) {
	u := url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: r.URL.Path}
	trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("url.full", u.String()))
	return p.RoundTripper.RoundTrip(r)
}
