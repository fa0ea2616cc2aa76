// Package models holds the rows, Better Auth's and ours, and the errors of the domain.
// It imports the standard library only, so that every other room can speak in its words.
package models
