package config

import (
	"strings"
	"testing"
)

func TestRedis(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Redis{
		"":                              {"", "", "better-auth:"},
		"redis://h":                     {"redis://h", "h", "better-auth:"},
		"valkey://h:6380/2":             {"redis://h:6380/2", "h:6380", "better-auth:"},
		"valkeys://h":                   {"rediss://h", "h", "better-auth:"},
		"rediss://me:canary%40@h:6379/": {"rediss://me:canary%40@h:6379/", "h:6379", "better-auth:"},
	} {
		c, err := Load([]string{"REDIS_URL=" + text}, t.TempDir())
		if err != nil || c.Redis != want || c.Database.SessionsElsewhere != (text != "") {
			t.Errorf("%q: %+v %v", text, c, err)
		}
	}
	c, err := Load([]string{"REDIS_URL=redis://h", "REDIS_PREFIX=app:"}, t.TempDir())
	if err != nil || c.Redis.Prefix != "app:" {
		t.Error(c, err)
	}
	for _, text := range []string{"http://canary@h", "redis://", "canary", "redis://h/canary", "redis://h/0/1", "redis://h?canary=1", "redis://%zz:canary@h"} {
		_, err := Load([]string{"REDIS_URL=" + text}, t.TempDir())
		if err == nil || !strings.Contains(err.Error(), "REDIS_URL: ") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
