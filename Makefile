# What takes longer than a test run, or writes a page of docs/.

.PHONY: bench matrix oracle fuzz-api

# Measures against bare Echo and the peers; make bench BENCH="-write" writes docs/performance.md too. See go run ./tests/bench -h.
bench:
	go run ./tests/bench $(BENCH)

# docs/security-matrix.md: every row of the list of attacks, and what its tests say today.
matrix:
	go test -race -json -timeout 30m -run 'TestRow' ./tests > matrix.json || true
	go run ./tests/matrix < matrix.json > docs/security-matrix.md; status=$$?; rm -f matrix.json; exit $$status

# Whether the time of a login tells which users there are, on each database and for each kind of hash; ORACLE=bcrypt
# for one kind. Leave the machine alone for its four minutes.
ORACLE ?= scrypt,bcrypt,argon2id
oracle:
	COUNTERSIGN_ORACLE=$(ORACLE) go test ./tests/bench/oracle -run TestOracle -count=1 -v

# What schemathesis finds when it reads /openapi.json: the program and its description must agree. go test runs a few
# examples of each operation; this runs EXAMPLES, with a new seed each time, for some minutes.
EXAMPLES ?= 300
fuzz-api:
	COUNTERSIGN_FUZZ_API=$(EXAMPLES) go test ./tests -run TestSchemathesis -count=1 -v
