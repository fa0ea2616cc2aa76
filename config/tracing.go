package config

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"
)

// Tracing says whether spans are made and sent. How is for the OpenTelemetry SDK, which reads the environment.
type Tracing struct {
	// Enabled is whether OTEL_EXPORTER_OTLP_ENDPOINT, its kind for traces, or OTEL_TRACES_EXPORTER=otlp is set, and
	// neither OTEL_SDK_DISABLED=true nor OTEL_TRACES_EXPORTER=none.
	Enabled bool
	// Files are the OTEL_ settings that only .env.local and .env have, by name, for the SDK to find.
	Files map[string]Secret
}

// tracing refuses what the SDK would pass over with a line in the log, and go on otherwise than was asked for.
func (r *reader) tracing() Tracing {
	const exporter, general, traces = "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	off := r.choice(exporter, "otlp", "none") == "none" || strings.EqualFold(r.text("OTEL_SDK_DISABLED"), "true")
	if off || r.text(exporter)+r.text(general)+r.text(traces) == "" {
		return Tracing{}
	}
	for _, name := range []string{general, traces} {
		if u, err := url.Parse(r.text(name)); r.text(name) != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			r.refuse(name, "is not the URL of a collector; write it as http://localhost:4318")
		}
	}
	const protocol = "OTEL_EXPORTER_OTLP_PROTOCOL"
	if cmp.Or(r.text("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), r.text(protocol), "http/protobuf") != "http/protobuf" {
		r.refuse(protocol, "is not http/protobuf, the one protocol that is spoken here; collectors listen for it on port 4318")
	}
	r.choice("OTEL_TRACES_SAMPLER", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio", "always_on", "always_off", "traceidratio")
	if n, err := strconv.ParseFloat(cmp.Or(r.text("OTEL_TRACES_SAMPLER_ARG"), "1"), 64); err != nil || !(n >= 0 && n <= 1) {
		r.refuse("OTEL_TRACES_SAMPLER_ARG", "is not a share from 0 to 1; write 0.1 for each tenth trace")
	}
	return Tracing{Enabled: true, Files: r.filesOnly("OTEL_")}
}

// filesOnly are the settings that begin so and that the environment does not have.
func (r *reader) filesOnly(prefix string) map[string]Secret {
	found := map[string]Secret{}
	for _, p := range r.places[1:] {
		for name := range p.values {
			if strings.HasPrefix(name, prefix) && strings.TrimSpace(r.places[0].values[name]) == "" && r.text(name) != "" {
				found[name] = Secret(r.text(name))
			}
		}
	}
	return found
}
