package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestConfigPrintsNoSecret(t *testing.T) {
	c := mustLoad(t, t.TempDir(), "BETTER_AUTH_SECRETS=1:canary", "AUTH_SECRET=canary",
		"DATABASE_URL=postgres://canary:canary@h/d", "DIRECT_URL=postgres://canary:canary@h/d")
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{string(data), fmt.Sprintf("%v %+v %#v", c, c, *c), fmt.Sprint(c.Database)} {
		if strings.Contains(printed, "canary") {
			t.Error(printed)
		}
	}
}
