# Latency Pod Autoscaler. `make` builds, `make demo` shows it at work, `make help` lists everything.

IMAGE        ?= latency-pod-autoscaler:latest
LOCUST_IMAGE ?= latency-pod-autoscaler-locust:latest
APP_IMAGE    ?= latency-pod-autoscaler-example-fibonacci:latest
SHOP_IMAGE   ?= latency-pod-autoscaler-example-shop:latest
VERSION      ?= $(shell git describe --tags --always --dirty 2>/dev/null)
REVISION     ?= $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS      := -s -w -X main.version=$(VERSION)
BUILD        := CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)'

# how long make fuzz tries each of what reads hostile input
FUZZTIME  ?= 60s
FUZZERS   := ./loadtest:FuzzParseYAML ./loadtest:FuzzStarlarkHost ./loadtest/internal/engine:FuzzResponse ./internal/importer:FuzzHAR \
             ./internal/state:FuzzState

# how make bench compares: everything, or -quick
BENCH     ?= -out docs/benchmarks.md

# the folder with traces that make compare uses beside the built-in traffic; with one it writes the documentation's page
TRACES    ?=

# docker where its engine answers, else buildah
BUILDER = $(shell if docker info >/dev/null 2>&1; then echo docker build; elif command -v buildah >/dev/null; then echo buildah bud; fi)

.PHONY: build programs test fuzz lint format schema image locust demo e2e bench compare pictures screenshots site help clean

programs: ## Build metric, evaluate and lpa into bin/
	$(BUILD) -o bin/ ./cmd/metric ./cmd/evaluate ./cmd/lpa

build: programs ## Build metric, evaluate, lpa and the framework into bin/
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/custom-pod-autoscaler github.com/jthomperoo/custom-pod-autoscaler/v2

test: ## Run all tests that need no cluster, with the race detector; a large log without it, and the engine's once more as it is where there is no epoll
	go test -race ./...
	go test -run LargeLog ./internal/dashboard
	go test -tags portable ./loadtest/internal/engine

fuzz: ## Try what reads hostile input with input made up at random, each for FUZZTIME
	@set -e; for f in $(FUZZERS); do echo "$$f"; \
	go test -run '^$$' -fuzz "^$${f#*:}\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$${f%%:*}"; done

lint: ## gofmt, go vet, staticcheck and govulncheck
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not formatted, run make format:"; echo "$$unformatted"; exit 1; }
	go vet -tags e2e ./...
	go tool staticcheck -tags e2e ./...
	@out=$$(go tool govulncheck ./... 2>&1) && echo "$$out" || { \
	case "$$out" in *"fetching vulnerabilities"*) echo "govulncheck: skipped, as its database is not reachable";; \
	*) echo "$$out"; exit 1;; esac; }

format: ## Format the code
	gofmt -w .

schema: ## Write the JSON Schemas of config.yaml and of task scripts, in schema/
	go generate ./schema

image: ## Build the images of the autoscaler and the examples, with docker or buildah
	@test -n "$(BUILDER)" || { echo "make image needs a running docker or buildah"; exit 1; }
	$(BUILDER) -t $(IMAGE) --build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) .
	$(BUILDER) -t $(APP_IMAGE) example/fibonacci/app
	$(BUILDER) -t $(SHOP_IMAGE) example/shop/app

locust: ## Build the image of the autoscaler with Locust in it, for locustfiles
	@test -n "$(BUILDER)" || { echo "make locust needs a running docker or buildah"; exit 1; }
	$(BUILDER) -t $(LOCUST_IMAGE) --target locust --build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) .

demo: programs ## Scale an embedded service by its measured latency, for a minute
	bin/lpa demo

e2e: ## Test on the cluster of KUBECONFIG; E2E_IMAGE, E2E_APP_IMAGE and E2E_SHOP_IMAGE name images that it can pull
	@test -n "$$KUBECONFIG" -a -n "$$E2E_IMAGE" -a -n "$$E2E_APP_IMAGE" -a -n "$$E2E_SHOP_IMAGE" || \
	{ echo "make e2e needs KUBECONFIG, E2E_IMAGE, E2E_APP_IMAGE and E2E_SHOP_IMAGE"; exit 1; }
	go test -tags e2e -count=1 -timeout 20m -parallel 4 -v ./internal/e2e

bench: programs ## Measure start-up, evaluation, and the load generator beside others, for docs/benchmarks.md; BENCH=-quick takes a minute
	go test -run '^$$' -bench . -benchtime 50x ./cmd/evaluate ./cmd/metric
	go run ./internal/bench $(BENCH)

compare: programs ## Compare the policies with others under the built-in traffic, and with TRACES=folder for docs/reference/policies-compared.md
	bin/lpa compare --check $(if $(TRACES),--traces $(TRACES) --markdown docs/reference/policies-compared.md --svg docs/images/policies-compared.svg,)

pictures: ## Draw the documentation's pictures of the policies anew, by simulating them
	go run ./internal/pictures

screenshots: ## Take the pictures of the dashboard for the documentation; needs Chromium
	LPA_TEST_CHROMIUM=required SCREENSHOTS=$(CURDIR)/docs/images go test -count=1 -run TestScreenshots ./internal/dashboard

site: ## Build the documentation as a site, in bin/site; needs mkdocs and mkdocs-material
	@command -v mkdocs >/dev/null || { echo "make site needs mkdocs and its theme: apt-get install mkdocs mkdocs-material"; exit 1; }
	mkdocs build --strict

clean: ## Remove what was built
	rm -rf bin

help: ## List the targets
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10
