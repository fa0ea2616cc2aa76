package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/crypto/chacha20poly1305"

	"countersign/config"
	"countersign/models"
)

// ErrOtherSecret says that something was signed or encrypted with another secret than those of the settings.
var ErrOtherSecret = errors.New("none of the secrets is the one that was used")

// ErrNoLegacySecret says that something was encrypted before secrets had versions, and the settings have only
// secrets with versions.
var ErrNoLegacySecret = errors.New("the secret from before the rotation is not set")

// CheckSecrets says whether one of the secrets encrypted a private key of Better Auth's jwks table, which is
// proof that both sides share it. The form is symmetricEncrypt's (dist/crypto/index.mjs): a JSON text of hex,
// with $ba$<version>$ before it where secrets rotate; XChaCha20-Poly1305 under SHA-256 of the secret, the
// nonce first. ErrOtherSecret, ErrNoLegacySecret; nil also for a key that is kept unencrypted.
func CheckSecrets(secrets []config.VersionedSecret, privateKey models.Secret) error {
	if strings.HasPrefix(privateKey.Reveal(), "{") {
		return nil // a JWK as it is: disablePrivateKeyEncryption
	}
	var text string
	if err := json.Unmarshal([]byte(privateKey), &text); err != nil {
		return ErrOtherSecret
	}
	version := config.Unversioned
	if rest, ok := strings.CutPrefix(text, "$ba$"); ok {
		number, sealed, _ := strings.Cut(rest, "$")
		v, err := strconv.Atoi(number)
		if err != nil {
			return ErrOtherSecret
		}
		version, text = v, sealed
	}
	sealed, err := hex.DecodeString(text)
	if err != nil || len(sealed) < chacha20poly1305.NonceSizeX {
		return ErrOtherSecret
	}
	if version == config.Unversioned && !slices.ContainsFunc(secrets, func(s config.VersionedSecret) bool { return s.Version == version }) {
		return ErrNoLegacySecret
	}
	for _, s := range secrets {
		if s.Version == version && opens(s.Secret, sealed) {
			return nil
		}
	}
	return ErrOtherSecret
}

func opens(secret models.Secret, sealed []byte) bool {
	key := sha256.Sum256([]byte(secret.Reveal()))
	cipher, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return false
	}
	_, err = cipher.Open(nil, sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:], nil)
	return err == nil
}

// CheckCookie says why a session cookie's value, or a signed bearer token, is not signed with the secret; ""
// when it is. Whether its session is there, it does not say.
func CheckCookie(secret models.Secret, value string) (reason string) {
	_, reason = unsign([]byte(secret.Reveal()), value)
	return reason
}
