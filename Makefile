# What takes longer than a test run, or writes a page of docs/.

.PHONY: matrix

# docs/security-matrix.md: every row of the list of attacks, and what its tests say today.
matrix:
	go test -race -json -timeout 30m -run 'TestRow' ./tests > matrix.json || true
	go run ./tests/matrix < matrix.json > docs/security-matrix.md; status=$$?; rm -f matrix.json; exit $$status
