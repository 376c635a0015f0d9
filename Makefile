# What a person does with this tree.  Each target installs what it needs and says what it cannot.
#
#   make PYTHON=python3.12 build      another Python (3.11 or later)
#   make FUZZ_SECONDS=600 fuzz        a longer look
#   make SEED=2 exam                  another exam

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
CARGO ?= cargo
SEED ?= 1
FUZZ_SECONDS ?= 20
PYTEST_ARGS ?=

BIN := .venv/bin
# pyo3's own crate holds conversions only: the Python tests are its tests, and linking a test
# program of it would ask for libpython, which a Debian machine has not.
TESTED_CRATES := --workspace --exclude outfall-py
RUST_SOURCES := Cargo.toml Cargo.lock $(shell find crates -name '*.rs' -o -name Cargo.toml)

.PHONY: help demo build test test-rust test-python fuzz bench exam clean \
  lint lint-python lint-format lint-types lint-rust-format lint-rust

help: ## List the targets (the default)
	@echo 'make TARGET, where TARGET is one of:'
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

demo: build ## Pour a small provider's day through the real daemon and show what it found
	$(BIN)/outfall demo

build: .venv/.built ## Build the Rust core and install everything into .venv

test: test-rust test-python fuzz ## Run every test: Rust, Python, real mail servers, short fuzzing

test-rust: .venv/.compiler ## Run the tests of the crates
	$(CARGO) test --locked $(TESTED_CRATES)

test-python: build ## Run the tests of the package; `PYTEST_ARGS='-m "not peers"'` leaves real servers out
	$(BIN)/python -m pytest $(PYTEST_ARGS)

fuzz: .venv/.compiler ## Run each fuzz target for FUZZ_SECONDS (nightly compiler)
	@.ci/fuzz $(FUZZ_SECONDS)

lint: lint-python lint-format lint-types lint-rust-format lint-rust ## Check form, types and lints

lint-python: build
	$(BIN)/ruff check

lint-format: build
	$(BIN)/ruff format --check

lint-types: build
	$(BIN)/mypy

lint-rust-format: .venv/.compiler
	$(CARGO) fmt --all --check

lint-rust: .venv/.compiler
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

bench: build ## Measure speed; the figures of docs come from here
	$(CARGO) bench --locked $(TESTED_CRATES) --bench '*'
	@for road in $(wildcard benches/[!_]*.py); do echo "== $$road"; $(BIN)/python "$$road"; done

exam: build ## Sit the detection exam in .exam (SEED chooses another); needs the exam beside this tree
	@[[ -x ../shared/exam/exam.sh ]] || { \
	  echo 'make exam: there is no exam at ../shared/exam; it holds real mail and is not part of this repository.' >&2; exit 1; }
	PATH="$(CURDIR)/$(BIN):$$PATH" SEED=$(SEED) ../shared/exam/exam.sh .exam

clean: ## Remove all that was built (not .exam)
	rm -rf .venv target fuzz/target build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f src/outfall/_core*.so

# ------------------------------------------------------------------ what the targets stand on

.venv/.made:
	@.ci/need python $(PYTHON)
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check 'maturin>=1.13,<2'
	@touch $@

.venv/.compiler: | .venv/.made
	@.ci/need compiler
	@touch $@

.venv/.built: pyproject.toml $(RUST_SOURCES) | .venv/.made .venv/.compiler
	VIRTUAL_ENV="$(CURDIR)/.venv" PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/maturin develop --release --extras dev
	@touch $@
