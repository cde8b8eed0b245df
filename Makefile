# The commands of the project. `run` needs Rust, make and a C compiler, and Node 20.19 with npm for the console, which is
# left out where they are not; `test` also needs Python 3, for the official clients, which it installs below target/,
# Chromium, in which it tries the console, and on Linux valgrind and strace, which count what a delivery costs.

CARGO ?= cargo
# cargo-nextest runs the tests in parallel processes; without it, cargo's own runner does.
NEXTEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo yes)

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: console ## Build for release and start `whimbrel dev` (more flags: make run ARGS="--listen 127.0.0.1:0")
	@$(CARGO) run --locked --release -p server -- dev $(ARGS)

.PHONY: build
build: console ## Build for release: target/release/whimbrel
	$(CARGO) build --locked --release -p server

.PHONY: test
test: clients console meters ## Check the form, the lints and the whole suite
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
ifeq ($(NEXTEST),yes)
	$(CARGO) nextest run --locked --workspace
	$(CARGO) nextest run --locked -p server --test clients --test cost --test openapi --run-ignored only -E "not test(whatever_is_asked)"
else
	$(CARGO) test --locked --workspace
	$(CARGO) test --locked -p server --test clients --test cost --test openapi -- --ignored --skip whatever_is_asked
endif
	$(MAKE) browser

# -- The console ----------------------------------------------------------------------------------------------------

NODE_IS_NEW_ENOUGH := $(shell command -v npm >/dev/null 2>&1 && node -p \
	'const [major, minor] = process.versions.node.split(".").map(Number); major > 20 || (major == 20 && minor >= 19)' 2>/dev/null)
CONSOLE_SOURCES := $(shell find web/src web/public -type f) $(wildcard web/*.ts web/*.json) web/index.html

.PHONY: console
ifeq ($(NODE_IS_NEW_ENOUGH),true)
console: web/dist/index.html ## Build the console, which becomes a part of the program
else
console:
	@echo "There is no npm with Node 20.19 or newer here, so the console is not built; all else works."
endif

web/node_modules/.ready: web/package-lock.json
	npm ci --prefix web --no-audit --no-fund
	touch $@

web/dist/index.html: web/node_modules/.ready $(CONSOLE_SOURCES)
	npm run --silent --prefix web build -- --logLevel warn
	touch $@

CHROMIUM ?= chromium

.PHONY: browser
browser: console chromium ## Check the console: its types, its lints, and in a browser against the program
	$(CARGO) build --locked -p server
	npm run --prefix web check
	WHIMBREL_PROGRAM=$(CURDIR)/target/debug/whimbrel CHROMIUM=$$(command -v $(CHROMIUM)) npm run --prefix web browser

.PHONY: screens
screens: console chromium ## Take the pictures in docs/screens of the console, from the program with an hour of made-up traffic
	$(CARGO) build --locked -p server
	WHIMBREL_PROGRAM=$(CURDIR)/target/debug/whimbrel CHROMIUM=$$(command -v $(CHROMIUM)) npm run --prefix web screens

.PHONY: chromium
chromium:
	@command -v $(CHROMIUM) >/dev/null && exit; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get install -y --no-install-recommends chromium; \
	else echo "The console is tried in Chromium: install it, or name another one (CHROMIUM=...)." >&2; exit 1; fi

.PHONY: openapi
openapi: ## Write docs/openapi.json, the description of the API, as the code says it now
	$(CARGO) test --locked --package api --test api -- --ignored --exact v1::document::write_the_description

PYTHON ?= python3
CLIENTS := target/clients

.PHONY: clients
clients: $(CLIENTS)/python.ready $(CLIENTS)/node.ready $(CLIENTS)/schemathesis.ready ## Install the official clients and build what takes the tour with them
	$(CARGO) build --locked --manifest-path clients/rust/Cargo.toml --target-dir $(CLIENTS)/rust

$(CLIENTS)/python.ready $(CLIENTS)/schemathesis.ready: $(CLIENTS)/%.ready: clients/%/requirements.txt
	$(PYTHON) -m venv $(CLIENTS)/$*
	$(CLIENTS)/$*/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

$(CLIENTS)/node.ready: clients/node/package-lock.json
	npm ci --prefix clients/node --no-audit --no-fund
	mkdir -p $(CLIENTS) && touch $@

.PHONY: cost
cost: meters ## Count what one delivery costs: instructions, allocations, system calls (a minute)
	$(CARGO) test --locked -p server --test cost -- --ignored --nocapture

.PHONY: meters
meters:
	@[ "$$(uname)" = Linux ] || exit 0; \
	command -v valgrind >/dev/null && command -v strace >/dev/null && command -v taskset >/dev/null && exit; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get install -y --no-install-recommends valgrind strace util-linux; \
	else echo "What a delivery costs is counted by valgrind and strace, on one processor by taskset: install them." >&2; \
		exit 1; fi

.PHONY: crash
crash: ## Kill the program 500 times under load and look for what was lost (minutes)
	$(CARGO) test --locked --release -p server --test crash -- --ignored --nocapture

.PHONY: powercut
powercut: ## Cut the power many times and look for what was lost (needs root and a loop device; minutes)
	$(CARGO) test --locked --release -p server --test powercut -- --ignored --nocapture

.PHONY: search
search: clients ## Look for answers that are not as the API's description says (ten minutes)
	$(CARGO) test --locked -p server --test openapi -- --ignored --nocapture whatever_is_asked

.PHONY: bench
bench: build ## Measure the release program against what this machine can do (minutes; all of it: make bench ARGS=)
	$(CARGO) run --locked --release -p bench -- $(ARGS)
bench: ARGS ?= --quick

.PHONY: bench-full
bench-full: ## The same in full, with a history of ten million deliveries (the better part of an hour)
	$(MAKE) bench ARGS="--stored 10000000"

.PHONY: addresses
addresses: ## Judge every IPv4 address there is (minutes)
	$(CARGO) test --locked --release -p domain --lib -- --ignored --nocapture ipv4
