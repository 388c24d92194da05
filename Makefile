# Firepost. `make help` lists what there is; the two that matter are `make demo` and `make test`.
SHELL       := /bin/bash
.DEFAULT_GOAL := help
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS     := -s -w -X firepost/gateway/internal/app.version=$(VERSION)
GOLANGCI    := v2.15.0
DEMO        ?= tell
FUZZTIME    ?= 10s
CROSS       := bin/cross
# The booth speaks HTTP/1.1 to its own page and to its servers; HTTP/2 would be half a megabyte.
BUILD       := -trimpath -tags nethttpomithttp2 -ldflags '$(LDFLAGS)'

.PHONY: help
help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | column -t -s $$'\t'

.PHONY: deps
deps: ## install what the tests need, from Debian (asks for root only if something is missing)
	@.ci/deps

.PHONY: build
build: ## the booth's binary, for this machine, in bin/
	CGO_ENABLED=0 go build $(BUILD) -o bin/firepost ./gateway/cmd/firepost

.PHONY: demo
demo: build ## one booth, alive, on this machine; DEMO=once tells the story fast and checks it
	go run ./gateway/cmd/demo -mode $(DEMO) -firepost bin/firepost

.PHONY: test
test: deps ## all tests
	go test -count=1 ./...

.PHONY: race
race: deps ## all tests under the race detector
	go test -race -count=1 ./...

.PHONY: test32
test32: deps ## contracts, drivers, gateway and uplinks as a 32-bit program
	GOARCH=386 CGO_ENABLED=0 go test -count=1 ./firmware-contracts/... ./drivers/... ./gateway/internal/... ./cloud-bridge/... \
		./kiosk/judge ./kiosk/media ./kiosk/programme ./kiosk/proof ./kiosk/raster ./kiosk/takeover

.PHONY: lint
lint: ## gofmt, vet, tidy, golangci-lint
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'gofmt: run gofmt -w on these'; exit 1; }
	go vet ./...
	go mod tidy -diff
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI) run

.PHONY: cross
cross: ## static binaries for the boards, in bin/cross/
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build $(BUILD) -o $(CROSS)/firepost-arm64 ./gateway/cmd/firepost
	CGO_ENABLED=0 GOOS=linux GOARCH=arm GOARM=7 go build $(BUILD) -o $(CROSS)/firepost-armv7 ./gateway/cmd/firepost
	@ls -l $(CROSS)

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME each
	@.ci/fuzz $(FUZZTIME)

.PHONY: torture
torture: deps build ## kills, cuts and floods in full: about half an hour
	FIREPOST_TORTURE=full go test -count=1 -timeout 60m ./gateway/internal/store ./kiosk/media
	FIREPOST_TORTURE=full go test -count=1 -timeout 90m -v -run 'Torture' ./gateway/e2e

.PHONY: soak
soak: deps build ## 250 points for an hour: memory of the real daemon; 40 000 items: memory of the page
	go run ./gateway/cmd/bench -only memory,heap -hour

.PHONY: bench
bench: deps build ## the measurements that stand in the README
	go run ./gateway/cmd/bench

.PHONY: check
check: ## what runs before a change lands
	.ci/run

.PHONY: clean
clean: ## remove what was built
	rm -rf bin
