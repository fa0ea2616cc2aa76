package config

import "strings"

// later are the settings of parts that are not built yet, with the one value
// that already tells the truth ("" for none). Ignoring the others would let
// somebody believe in a limit or a cache that is not there.
var later = []struct{ name, harmless string }{
	{"METRICS_ADDR", ""},
}

func (r *reader) refuseLater() {
	for _, setting := range later {
		value := r.text(setting.name)
		if value == "" || isHarmless(value, setting.harmless) {
			continue
		}
		message := "is not built yet in this version; remove it"
		if setting.harmless != "" {
			message += " or set it to " + setting.harmless
		}
		r.refuse(setting.name, message)
	}
}

func isHarmless(value, harmless string) bool {
	if harmless == "off" {
		on, ok := parseOnOff(value)
		return ok && !on
	}
	return strings.EqualFold(value, harmless)
}
