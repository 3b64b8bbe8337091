# Commands of the trade; everything here also runs by hand.
.PHONY: test race lint bench fuzz cover

test:
	go test ./...

race:
	go test -race ./...

# golangci-lint lives in its own module so that its dependencies never reach a user of the library.
lint:
	go tool -modfile=tools/golangci/go.mod golangci-lint run ./...

# Rates over HTTP beside the rate of the same SQL by hand, as ratios. Nothing asserts on time.
bench:
	go run ./tools/bench

fuzz:
	go test -run=NONE -fuzz=FuzzParse$$ -fuzztime=30s ./internal/mime
	go test -run=NONE -fuzz=FuzzFold$$ -fuzztime=30s ./internal/mime
	go test -run=NONE -fuzz=FuzzSanitize$$ -fuzztime=30s ./internal/htmltext
	go test -run=NONE -fuzz=FuzzText$$ -fuzztime=30s ./internal/htmltext
	go test -run=NONE -fuzz=FuzzParseCursor$$ -fuzztime=30s ./ticket
	go test -run=NONE -fuzz=FuzzCalendar$$ -fuzztime=30s ./sla

cover:
	go test -coverprofile=cover.out ./... && go tool cover -func=cover.out | tail -n 1
