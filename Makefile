# make oracle measures whether the time of a login tells which users there are, on each database and for each kind
# of hash; ORACLE=bcrypt for one kind. Leave the machine alone for its four minutes.
ORACLE ?= scrypt,bcrypt,argon2id
.PHONY: oracle
oracle:
	COUNTERSIGN_ORACLE=$(ORACLE) go test ./tests/bench/oracle -run TestOracle -count=1 -v
