# make bench measures and prints; make bench BENCH="-write" also writes docs/performance.md. See go run ./tests/bench -h.
.PHONY: bench
bench:
	go run ./tests/bench $(BENCH)
