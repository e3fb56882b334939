# Thin: every target says what to do, the scripts in scripts/ do it. `make` lists the targets.

export FUZZ_SECONDS ?= 60
export WORLD TRACE FLEET ORDER BACKFILL ESTIMATE REPORT JOBS SEED LOAD DATA LISTEN

MAKEFLAGS += --no-print-directory

.PHONY: help run compare build test bench format format-check tidy fuzz check clean

help:  ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 21

run: build  ## Start the control plane; TRACE=swf:FILE FLEET=100x1 replays a log instead
	@scripts/run

compare: build  ## Compare the example world under four sets of contracts
	@WORLD=$${WORLD:-examples/stargate-2025} scripts/run

build:  ## Build build/release/stargate
	@scripts/setup build
	@scripts/configure release
	@scripts/build release stargate

test:  ## Build and run all tests (VERBOSE=1 names each)
	@scripts/setup test
	@scripts/configure release with-tests
	@scripts/build release
	@scripts/test release

bench:  ## Build and run the benchmarks
	@scripts/setup test
	@scripts/configure release with-tests
	@scripts/build release stargate_bench
	@build/release/stargate_bench

format:  ## Format the sources
	@scripts/setup check
	@scripts/format

format-check:  ## Fail if a source is not formatted
	@scripts/setup check
	@scripts/format --check

tidy:  ## Run clang-tidy over the sources
	@scripts/setup check
	@scripts/tidy

fuzz:  ## Run each fuzzer for FUZZ_SECONDS (60)
	@scripts/setup check
	@scripts/fuzz

check:  ## Format, forbidden symbols, tidy, tests under sanitizers, the second compiler
	@scripts/setup check
	@scripts/check

clean:  ## Delete all that was built
	@rm -rf build
