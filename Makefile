# The whole loop. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help setup wasm web e2e-tablet e2e-office build run run-once test lint format tidy bench dev asan tsan clang-check fuzz clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing (Debian 12); quick when nothing is
	@tools/setup

wasm: setup ## the portable rooms as WebAssembly; the first time installs its toolchain
	@tools/setup-wasm
	@tools/wasm/build

web: setup ## the office console and the tablet app into build/web
	@tools/wasm/build --with-setup dudao_core_web
	@tools/web/build

build: setup ## build the programs into build/release/bin and the web apps into build/web
	@tools/build programs
	@tools/wasm/build --with-setup dudao_core_web
	@tools/web/build

run: build ## play five weeks of sample work, then keep the server running and say where to look
	@build/release/bin/dudao scenario --data-dir build/run --weeks 4 --keep-serving

run-once: build ## one day of it, and stop at the end
	@build/release/bin/dudao scenario --data-dir build/run

test: setup ## build everything and run every test
	@tools/build
	@tools/wasm/build --with-setup wasm_default
	@tools/web/build
	@ctest --preset release

e2e-tablet: build ## the tablet app in a real browser, with pictures in build/e2e/screenshots (needs make wasm)
	@tests/e2e/tablet/run.sh

e2e-office: build ## the office console in a real Chromium; pictures in build/e2e/screenshots
	@ctest --preset release --tests-regex '^e2e_office$$' --output-on-failure

lint: setup ## only the quick checks of text and schema
	@tools/build --configure-only
	@ctest --preset release --label-regex '^lint$$'

format: ## format our C++ in place
	@tests/lint/format.sh --fix

tidy: setup ## clang-tidy over the portable rooms (slow)
	@tools/tidy

bench: build ## measure; writes a table of ratios
	@tools/build
	@tests/bench/run

dev: setup ## debug build and its tests
	@cmake --preset dev && cmake --build --preset dev && ctest --preset dev

asan: setup ## address and undefined-behaviour sanitizers
	@cmake --preset asan && cmake --build --preset asan && ctest --preset asan

tsan: setup ## thread sanitizer
	@cmake --preset tsan && cmake --build --preset tsan && ctest --preset tsan

clang-check: setup ## the portable rooms and their tests with clang 19
	@cmake --preset clang && cmake --build --preset clang && ctest --preset clang

fuzz: setup ## build the fuzz targets
	@cmake --preset fuzz && cmake --build --preset fuzz

clean: ## remove everything that was built
	@rm -rf build
