# The program as it is released, what takes longer than a test run, and what writes a page of docs/.

.PHONY: build example sbom bench matrix faults oracle fuzz-api screenshots

# The program as it is released: static, with its version from git and no path of this machine. The same commit built by
# the same Go is the same bytes, which .ci/run holds.
build:
	CGO_ENABLED=0 go build -buildvcs=auto -trimpath -ldflags='-s -w' -o countersign .

# The front end of examples/nextjs with this backend, on free ports of localhost and a new SQLite file, until Ctrl-C. It wants
# Node.js 20.12 or newer; DATABASE_URL in the environment is a database to use instead.
example:
	@node examples/nextjs/scripts/example.mjs

# sbom.json: what the binary was built of, as CycloneDX, read from the binary itself.
sbom: build
	go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 bin -json -licenses -output sbom.json countersign

# Measures against bare Echo and the peers; make bench BENCH="-write" writes docs/performance.md too. See go run ./tests/bench -h.
bench:
	go run ./tests/bench $(BENCH)

# docs/security-matrix.md: every row of the list of attacks, and what its tests say today.
matrix:
	go test -race -json -timeout 30m -run 'TestRow' ./tests > matrix.json || true
	go run ./tests/matrix < matrix.json > docs/security-matrix.md; status=$$?; rm -f matrix.json; exit $$status

# docs/reliability.md, what is below its mark: rows 200 to 209 of the list of attacks with all their rounds, for about ten
# minutes. It wants Linux, root (for a small file system), PostgreSQL, Redis, Node and HAProxy.
faults:
	COUNTERSIGN_FAULTS=full go test -race -json -count=1 -timeout 60m -run 'TestRow20[0-9]' ./tests > faults.json || true
	go run ./tests/faults docs/reliability.md < faults.json; status=$$?; rm -f faults.json; exit $$status

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

# The pictures of the pages in docs/images, by a headless Chromium. Look at them before they are committed.
screenshots:
	COUNTERSIGN_SCREENSHOTS=$(CURDIR)/docs/images go test ./tests -run 'TestScreenshots|TestExample' -count=1 -v
