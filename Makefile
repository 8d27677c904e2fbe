# The commands of the project. Each brings what it needs: on a fresh machine `make start` is enough.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
# Cargo uses all cores by itself, and two at once would wait for each other.
.NOTPARALLEL:

ifdef CI
CARGO_TARGET_DIR ?= $(HOME)/.cache/assay/target
endif
CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR
export WRANGLER_SEND_METRICS := false
export DO_NOT_TRACK := 1

# Most bytes of brotli that a first visit may load.
first_load_budget := 300000

.PHONY: start setup build serve test lint test-native test-vectors test-size test-live test-browser bench deploy clean

start: build serve

# ---- Setup: writes the compiler and the tools it found to .tools/, as lines of a makefile

# What is included and missing, or outdated, is made before anything else.
ifneq ($(MAKECMDGOALS),clean)
include .tools/env
export PATH := $(TOOLS_PATH):$(PATH)
endif
ifneq ($(filter test lint test-live test-browser bench,$(MAKECMDGOALS)),)
include .tools/tests
endif

setup: .tools/env

.tools/env: tools/setup.sh Cargo.lock package-lock.json
	tools/setup.sh

.tools/tests: .tools/env tests/live/python/requirements.txt
	tools/setup.sh --tests

# ---- Build: the app into dist/, the Worker into edge/build/

# Directories count too: their age is that of the last file added or removed.
sources = $(foreach path,$(1),$(shell find $(path) ! -name '.*'))
workspace := Cargo.toml Cargo.lock .tools/env

build: dist/index.html edge/build/index.js

# With the types of its components erased the app is a tenth smaller. From the relocations the splitter knows what
# each function reaches: `app/src/part.rs` says which files it makes. Of its names not all are known to wasm-opt, which
# leaves all of them out anyway.
.tools/wasm/app_bg.wasm: $(workspace) app/Cargo.toml $(call sources,shared app/src)
	RUSTFLAGS="--cfg erase_components -C link-arg=--emit-relocs" cargo build --profile app -p app --target wasm32-unknown-unknown
	rm -rf .tools/wasm
	"$$WASM_SPLIT_BIN" --out-name app "$$CARGO_TARGET_DIR/wasm32-unknown-unknown/app/app.wasm" .tools/wasm
	"$$WASM_BINDGEN_BIN" --target web --no-typescript --keep-lld-exports --out-dir .tools/wasm .tools/wasm/app.wasm
	rm .tools/wasm/app.wasm
	for file in .tools/wasm/*.wasm; do "$$WASM_OPT_BIN" -Oz "$$file" -o "$$file"; done \
	  2> >(grep -v 'unknown name subsection' >&2)

dist/index.html: .tools/wasm/app_bg.wasm index.html vite.config.js app/boot.js app/theme.js $(call sources,app/styles public shared/samples)
	vite build --logLevel warn

edge/build/index.js: $(workspace) $(wildcard edge/*.*) $(call sources,shared edge/src)
	cd edge && worker-build --release

# ---- Serve

serve:
	@node tools/serve.mjs

# ---- Test

test: lint test-native test-vectors build test-size test-live test-browser

lint:
	cargo fmt --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --quiet

test-native:
	cargo test --workspace

# The same vectors in Wasm: built without optimising, as it is the arithmetic that is tried.
.tools/vectors/vectors_bg.wasm: $(workspace) tests/vectors/Cargo.toml tests/fixtures/vectors.json $(call sources,shared tests/vectors/src)
	cargo build -p vectors --target wasm32-unknown-unknown
	"$$WASM_BINDGEN_BIN" --target web --no-typescript --out-dir .tools/vectors \
	  "$$CARGO_TARGET_DIR/wasm32-unknown-unknown/debug/vectors.wasm"

test-vectors: .tools/vectors/vectors_bg.wasm
	node tests/vectors/wasm.mjs

test-size: dist/index.html
	node tools/size.mjs $(first_load_budget)

test-live: build
	node --test 'tests/live/**/*.test.mjs'

test-browser: build
	playwright test -c tests/browser/playwright.config.js

bench: build .tools/rescoring/rescoring.js
	cargo build --profile app -p rescoring
	node tests/bench/rescoring.mjs "$$CARGO_TARGET_DIR/app/rescoring" "$(CURDIR)/.tools/rescoring/rescoring.js"
	@missed=; for part in bench scale explorer interactive page gateway; do \
	  echo "== $$part"; node tests/bench/$$part.mjs || missed="$$missed $$part"; \
	done; test -z "$$missed" || { echo "not all that is wanted is met:$$missed" >&2; exit 1; }

.tools/rescoring/rescoring.js: $(workspace) $(call sources,shared tests/bench/rescoring)
	cargo build --profile app -p rescoring --lib --target wasm32-unknown-unknown
	"$$WASM_BINDGEN_BIN" --target experimental-nodejs-module --no-typescript --out-dir .tools/rescoring \
	  "$$CARGO_TARGET_DIR/wasm32-unknown-unknown/app/rescoring.wasm"

# ---- Deploy, to the account wrangler is signed in to

deploy: build
	cd edge && { wrangler d1 info assay >/dev/null 2>&1 || wrangler d1 create assay </dev/null; }
	cd edge && wrangler d1 migrations apply assay --remote
	cd edge && wrangler deploy

clean:
	rm -rf dist edge/build .tools
	cargo clean
