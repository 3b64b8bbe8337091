# Commands of the trade; everything here also runs by hand.
.PHONY: test race lint bench fuzz cover faults soak load

test:
	go test ./...

# SQLite is C that was made into Go, and libc its memory: nothing in them is ours, and the race detector takes five times as long with them.
race:
	GOFLAGS="-gcflags=modernc.org/...lib...=-race=false" go test -race ./...

# Everything that the fault tests can do, FAULTS times; CI runs a short selection of it. A test of it prints what it has counted, and its seed:
# TICKETKIT_FAULTS_SEED makes it the same again.
FAULTS ?= 1
faults:
	TICKETKIT_FAULTS=$(FAULTS) go test -count=1 -v -timeout 4h -run 'Kill|Dies|Cut|Clock|Zombie|Mailbox|Large|DiskFull|Full' ./store/... ./examples/internal/faults ./internal/jobs/...

# golangci-lint lives in its own module so that its dependencies never reach a user of the library.
lint:
	go tool -modfile=tools/golangci/go.mod golangci-lint run ./...

# Two replicas on PostgreSQL at work for a quarter of an hour while one of them dies again and again; prints memory, p99 and counts.
SOAK ?= 15m
soak:
	TICKETKIT_SOAK=$(SOAK) go test -count=1 -v -timeout 0 -run TestSoak ./examples/internal/faults

# Rates over HTTP beside the rate of the same SQL by hand, as ratios. Nothing asserts on time.
bench:
	go run ./tools/bench

# What a desk bears: the usual calls with 2 and 16 connections, 1,000 live clients, and 5,000 that come back at once. Writes docs/performance.md.
load:
	go run ./tools/bench -db sqlite,postgres -tickets 10000 -conns 2,16 -only 'create|get|list|search|reply|claim|stream|crowd' -report docs/performance.md

fuzz:
	go test -run=NONE -fuzz=FuzzParse$$ -fuzztime=30s ./internal/mime
	go test -run=NONE -fuzz=FuzzUnpack$$ -fuzztime=30s ./store
	go test -run=NONE -fuzz=FuzzFold$$ -fuzztime=30s ./internal/mime
	go test -run=NONE -fuzz=FuzzSanitize$$ -fuzztime=30s ./internal/htmltext
	go test -run=NONE -fuzz=FuzzText$$ -fuzztime=30s ./internal/htmltext
	go test -run=NONE -fuzz=FuzzParseCursor$$ -fuzztime=30s ./ticket
	go test -run=NONE -fuzz=FuzzCalendar$$ -fuzztime=30s ./sla

cover:
	go test -coverprofile=cover.out ./... && go tool cover -func=cover.out | tail -n 1
