package config

// PasswordHash names a way of hashing passwords.
type PasswordHash string

// The ways that passwords are hashed in. All of them are verified, whichever is written.
const (
	Scrypt   PasswordHash = "scrypt"
	Bcrypt   PasswordHash = "bcrypt"
	Argon2id PasswordHash = "argon2id"
)

// Passwords says how passwords are kept and which are taken.
type Passwords struct {
	// Hash is what is written: scrypt, as Better Auth does by itself, unless PASSWORD_HASH says otherwise.
	Hash PasswordHash
	// Rehash rewrites a hash of another kind at the next login. Off by default.
	Rehash bool
	// RefuseCommon refuses new passwords that many people have. Off by default, since Better Auth takes them.
	RefuseCommon bool
}

func (r *reader) passwords() Passwords {
	return Passwords{
		Hash:         PasswordHash(r.choice("PASSWORD_HASH", string(Scrypt), string(Bcrypt), string(Argon2id))),
		Rehash:       r.onOff("PASSWORD_REHASH", false),
		RefuseCommon: r.onOff("REFUSE_COMMON_PASSWORDS", false),
	}
}
