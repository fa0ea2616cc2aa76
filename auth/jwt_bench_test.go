package auth

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"countersign/models"
)

const benchPayload = `{"sub":"user1","type":"access","iat":1800000000,"exp":1800001800,"jti":"abcdefghijklmnop"}`

// foundUser stands for a store that answers at once: what is measured is the token.
type foundUser struct{ user models.User }

func (f *foundUser) WithUser(context.Context, string, string) (*models.User, *models.Session, error) {
	return &f.user, nil, nil
}

// BenchmarkJWTRepeated verifies the same access token again and again, as a front end sends it.
func BenchmarkJWTRepeated(b *testing.B) {
	clock := func() time.Time { return jwtNow }
	cache := NewPrincipalCache(100, &switchable{true}, clock)
	defer cache.Close()
	v := &Cached{
		Verifier: &AccessTokenVerifier{Algorithm: "HS256", Secret: testSecret, Find: &foundUser{models.User{ID: "user1"}}, Clock: clock},
		Method:   AccessToken, Text: Bearer, Cache: cache,
	}
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "/api/me", http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+forge(b, "HS256", goodHeader, benchPayload))
	b.ReportAllocs()
	for b.Loop() {
		if p, err := v.Verify(b.Context(), r); err != nil || p.User.ID != "user1" {
			b.Fatal(p, err)
		}
	}
}

// BenchmarkJWTLibrary is the reference: the library alone, which does less.
func BenchmarkJWTLibrary(b *testing.B) {
	token := forge(b, "HS256", goodHeader, benchPayload)
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(func() time.Time { return jwtNow }))
	key := func(*jwt.Token) (any, error) { return testSecret, nil }
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parser.Parse(token, key); err != nil {
			b.Fatal(err)
		}
	}
}
