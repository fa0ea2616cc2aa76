package database_test

import (
	"fmt"

	"countersign/database"
	"countersign/models"
)

// seed makes users at once: each has an account and sessions of its own, whatever ids are made of.
func (c *conformance) seed() {
	var users []models.User
	var accounts []models.Account
	hash := models.Secret("hash")
	for i := range 3 {
		name := fmt.Sprint("seed", i)
		users = append(users, models.User{ID: name, Name: name, Email: name + "@example.com", CreatedAt: c.now, UpdatedAt: c.now})
		accounts = append(accounts, models.Account{ID: "account of " + name, ProviderID: models.CredentialProvider, Password: &hash, CreatedAt: c.now, UpdatedAt: c.now})
	}
	begun := 0
	begin := func(userID string) (all []models.Session) {
		for range 2 {
			begun++
			token := models.Secret(fmt.Sprint("seeded", begun))
			all = append(all, models.Session{ID: "id of " + token.Reveal(), Token: token, UserID: userID, CreatedAt: c.now, UpdatedAt: c.now, ExpiresAt: c.now.Add(1)})
		}
		return all
	}
	sessions, err := c.db.Seed(c.Context(), users, accounts, begin)
	c.must(err)
	if len(sessions) != 6 || users[0].ID == users[1].ID {
		c.Fatalf("%d sessions of %+v", len(sessions), users)
	}
	for i, s := range sessions {
		_, user, err := database.NewSessions(c.db).ByToken(c.Context(), s.Token)
		c.must(err)
		account, err := database.NewAccounts(c.db).WithPassword(c.Context(), user.ID)
		c.must(err)
		if user.Name != fmt.Sprint("seed", i/2) || *account.Password != hash || account.AccountID != user.ID {
			c.Errorf("session %d is %s's, whose account is %+v", i, user.Name, account)
		}
	}
	before := c.ask(`SELECT count(*) FROM {user}`)
	if _, err := c.db.Seed(c.Context(), users, accounts, begin); err == nil {
		c.Error("the same users were made twice")
	}
	if after := c.ask(`SELECT count(*) FROM {user}`); after != before {
		c.Errorf("%s users became %s by a batch that failed", before, after)
	}
}
