package models

import "time"

// CredentialProvider is the provider of the account row that holds a password.
const CredentialProvider = "credential"

// Account is a row of Better Auth's account table: one way for a user to sign in.
type Account struct {
	ID         string
	AccountID  string
	ProviderID string
	UserID     string
	// Password is the hash, nil for a social account.
	Password  *Secret
	CreatedAt time.Time
	UpdatedAt time.Time
	// Issuer is a column that 1.7.0 to 1.7.2 of Better Auth had and wanted.
	Issuer *string
}
