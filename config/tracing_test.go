package config

import (
	"reflect"
	"testing"
)

func TestTracing(t *testing.T) {
	t.Parallel()
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318"
	for name, c := range map[string]struct {
		env     []string
		enabled bool
	}{
		"nothing":               {nil, false},
		"others of the kind":    {[]string{"OTEL_SERVICE_NAME=api", "OTEL_TRACES_SAMPLER=always_on", "OTEL_METRICS_EXPORTER=none"}, false},
		"an endpoint":           {[]string{endpoint}, true},
		"an endpoint of traces": {[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://collector/v1/traces"}, true},
		"an exporter":           {[]string{"OTEL_TRACES_EXPORTER=otlp"}, true},
		"none":                  {[]string{endpoint, "OTEL_TRACES_EXPORTER=none"}, false},
		"disabled":              {[]string{endpoint, "OTEL_SDK_DISABLED=True"}, false},
		"not disabled":          {[]string{endpoint, "OTEL_SDK_DISABLED=false", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"}, true},
		"disabled, and wrong":   {[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=collector", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_SDK_DISABLED=true"}, false},
	} {
		if got := mustLoad(t, t.TempDir(), c.env...).Tracing.Enabled; got != c.enabled {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, wrong := range []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=collector", "OTEL_TRACES_EXPORTER=zipkin",
		"OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_TRACES_SAMPLER=sometimes", "OTEL_TRACES_SAMPLER_ARG=2", "OTEL_TRACES_SAMPLER_ARG=NaN",
	} {
		if got := problems(t, t.TempDir(), endpoint, wrong); len(got) != 1 && wrong[:14] != "OTEL_EXPORTER_" || len(got) == 0 {
			t.Errorf("%s: %v", wrong, got)
		}
	}
}

// The SDK reads the environment only: what the files have more is handed to it, and nothing that the environment has.
func TestTracingInFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, ".env.local", "OTEL_EXPORTER_OTLP_HEADERS='api-key=1'\nOTEL_SERVICE_NAME=local\nPORT=8081\n")
	write(t, dir, ".env", "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318\nOTEL_SERVICE_NAME=file\nOTEL_BSP_SCHEDULE_DELAY=1\nOTEL_RESOURCE_ATTRIBUTES=a=b\n")
	got := mustLoad(t, dir, "OTEL_BSP_SCHEDULE_DELAY=2", "OTEL_RESOURCE_ATTRIBUTES=").Tracing
	want := Tracing{true, map[string]Secret{
		"OTEL_EXPORTER_OTLP_HEADERS": "api-key=1", "OTEL_SERVICE_NAME": "local", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_RESOURCE_ATTRIBUTES": "a=b",
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}
