# The commands of the project. `run` needs Rust, make and a C compiler; `test` also Python 3 and Node 20, for the
# official clients, which it installs below target/.

CARGO ?= cargo
# cargo-nextest runs the tests in parallel processes; without it, cargo's own runner does.
NEXTEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo yes)

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## Build for release and start `whimbrel dev` (more flags: make run ARGS="--listen 127.0.0.1:0")
	@$(CARGO) run --locked --release -p server -- dev $(ARGS)

.PHONY: build
build: ## Build for release: target/release/whimbrel
	$(CARGO) build --locked --release -p server

.PHONY: test
test: clients ## Check the form, the lints and the whole suite
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
ifeq ($(NEXTEST),yes)
	$(CARGO) nextest run --locked --workspace
	$(CARGO) nextest run --locked -p server --test clients --run-ignored only
else
	$(CARGO) test --locked --workspace
	$(CARGO) test --locked -p server --test clients -- --ignored
endif

.PHONY: openapi
openapi: ## Write docs/openapi.json, the description of the API, as the code says it now
	$(CARGO) test --locked --package api --test api -- --ignored --exact v1::document::write_the_description

PYTHON ?= python3
CLIENTS := target/clients

.PHONY: clients
clients: $(CLIENTS)/python.ready $(CLIENTS)/node.ready ## Install the official clients and build what takes the tour with them
	$(CARGO) build --locked --manifest-path clients/rust/Cargo.toml --target-dir $(CLIENTS)/rust

$(CLIENTS)/python.ready: clients/python/requirements.txt
	$(PYTHON) -m venv $(CLIENTS)/python
	$(CLIENTS)/python/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

$(CLIENTS)/node.ready: clients/node/package-lock.json
	npm ci --prefix clients/node --no-audit --no-fund
	mkdir -p $(CLIENTS) && touch $@

.PHONY: crash
crash: ## Kill the program 500 times under load and look for what was lost (minutes)
	$(CARGO) test --locked --release -p server --test crash -- --ignored --nocapture

.PHONY: powercut
powercut: ## Cut the power many times and look for what was lost (needs root and a loop device; minutes)
	$(CARGO) test --locked --release -p server --test powercut -- --ignored --nocapture

.PHONY: bench
bench: build ## Measure the release program against what this machine can do (minutes; all of it: make bench ARGS=)
	$(CARGO) run --locked --release -p bench -- $(ARGS)
bench: ARGS ?= --quick

.PHONY: addresses
addresses: ## Judge every IPv4 address there is (minutes)
	$(CARGO) test --locked --release -p domain --lib -- --ignored --nocapture ipv4
