# Everything here is a plain command; the targets only save typing. 'make help' lists them.

# What race, soak and bench look at.
CONCURRENT := ./cmd/... ./graph/... ./inspection ./storage/... ./tests/tablet/faultproxy
SOAKTIME   ?= 2m
# How long one package's tests may take on a machine that is busy with other things.
PATIENCE   ?= 30m
BENCHTIME  ?= 1s

.PHONY: help run test race soak bench reference generate lint build needs

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

run: build ## start everything at http://localhost:8080, until Ctrl-C
	bin/dev

test: needs ## run every test, against real PostgreSQL and a real S3 server
	go test -timeout $(PATIENCE) $(TESTFLAGS) ./...

race: needs ## run the tests of what works in parallel, with the race detector
	go test -race -timeout $(PATIENCE) $(TESTFLAGS) $(CONCURRENT)

soak: needs ## the long tests: fuzzing (SOAKTIME=2m for each target), many more random cases, tablets over bad links
	tools/soak $(SOAKTIME)

bench: needs ## measure reads and writes, allocations and memory
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) $(TESTFLAGS) ./...

reference: needs ## check against the files of the folder PLUMBLINE_REFERENCE
	tools/reference

generate: ## write graph/generated again from the schema
	GODEBUG=gotypesalias=0 go tool gqlgen generate # else now uuid.UUID and now its alias inspection.ID

lint: ## formatting, go vet, staticcheck
	tools/lint

build: ## build bin/plumbline, the production binary, and bin/dev
	@tools/needs go
	go build -o bin/ ./cmd/plumbline ./cmd/dev

needs:
	@tools/needs
