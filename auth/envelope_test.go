package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"countersign/config"
	"countersign/models"
)

// sealed writes a text as Better Auth's symmetricEncrypt does. The nonce is of no matter here.
func sealed(t *testing.T, secret string) string {
	t.Helper()
	key := sha256.Sum256([]byte(secret))
	cipher, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		t.Fatal(err)
	}
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	return hex.EncodeToString(cipher.Seal(nonce, nonce, []byte(`{"d":"private"}`), nil))
}

func TestCheckSecrets(t *testing.T) {
	t.Parallel()
	one := []config.VersionedSecret{{Version: config.Unversioned, Secret: "one"}}
	rotated := []config.VersionedSecret{{Version: 2, Secret: "two"}, {Version: 1, Secret: "one"}}
	for _, c := range []struct {
		name    string
		secrets []config.VersionedSecret
		key     string
		want    error
	}{
		{"the secret", one, `"` + sealed(t, "one") + `"`, nil},
		{"another secret", one, `"` + sealed(t, "other") + `"`, ErrOtherSecret},
		{"the version's", rotated, `"$ba$1$` + sealed(t, "one") + `"`, nil},
		{"another version's", rotated, `"$ba$2$` + sealed(t, "one") + `"`, ErrOtherSecret},
		{"a version that is gone", rotated, `"$ba$3$` + sealed(t, "one") + `"`, ErrOtherSecret},
		{"from before the rotation", rotated, `"` + sealed(t, "one") + `"`, ErrNoLegacySecret},
		{"from before, which is set too", append(rotated, one...), `"` + sealed(t, "one") + `"`, nil},
		{"not encrypted", one, `{"kty":"OKP","d":"x"}`, nil},
		{"cut short", one, `"00"`, ErrOtherSecret},
		{"not hex", one, `"zz"`, ErrOtherSecret},
		{"no version", one, `"$ba$x$00"`, ErrOtherSecret},
		{"not JSON", one, `sealed`, ErrOtherSecret},
		{"nothing", one, ``, ErrOtherSecret},
	} {
		if err := CheckSecrets(c.secrets, models.Secret(c.key)); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}
