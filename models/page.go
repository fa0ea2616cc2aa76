package models

// Page asks for part of a list.
type Page struct {
	// Limit is how many rows at most.
	Limit int
	// Sort is a column the list can be sorted by, as the contract names it; empty for the list's own order.
	Sort string
	// Descending turns the order of Sort round.
	Descending bool
	// After is where the part before ended; nil for the first.
	After *Position
}

// Position is a row's place in a sorted list: the sorted column's text and the row's id, which settles ties.
type Position struct {
	Value string `json:"v"`
	ID    string `json:"i"`
}
