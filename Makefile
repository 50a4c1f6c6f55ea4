# `make test` and `make demo` are the two commands of the README. Each sets up what it needs; a second run does so at once.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

# System packages come before what is built with them.
.NOTPARALLEL:
.PHONY: help test check demo demo-cluster setup console system-packages bench chaos twins simulate simulate-mutations lint format protos clients test-clients docs site release-protos constraints sbom clean

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make test      set up, then run every check and test
test: setup
	@deploy/setup/check.sh

## make check     what takes less than a minute of them: formatting, lint, types, and the tests that are not slow
check: setup
	@deploy/setup/check.sh quick

## make demo      set up, then boot, stop and destroy a real guest, and show its history
demo: setup
	@$(BIN)/python deploy/demo/demo.py

## make demo-cluster  set up, then drain a host, lose another, and see a real guest outlive both
demo-cluster: setup
	@$(BIN)/python deploy/demo/demo_cluster.py

## make setup     only set up: system packages, virtual environment
setup: system-packages $(VENV)/.stamp console

system-packages:
	@deploy/setup/system_packages.sh

## make console   build the console, where its sources have changed; set-up does, too
console: $(VENV)/.stamp
	@clients/console/dev.sh build

$(VENV)/.stamp: pyproject.toml clients/python/pyproject.toml deploy/setup/python_environment.sh deploy/setup/constraints.txt
	@deploy/setup/python_environment.sh $(VENV)

## make bench     measure: every benchmark against its baseline (tests/benchmarks); BENCH="unary --quick" for some
bench: setup
	@$(BIN)/python tests/benchmarks/run.py $(BENCH)

## make chaos     kill -9 under load for CHAOS_SECONDS=60, then check every promise; CHAOS="--seed 1" repeats a run
CHAOS_SECONDS ?= 60
chaos: setup
	@$(BIN)/python tests/chaos/run.py --seconds $(CHAOS_SECONDS) $(CHAOS)

## make twins     two control planes on one database, competing; TWINS="--commands 1000000 --batch 1000" for more
twins: setup
	@$(BIN)/python tests/chaos/twins.py $(TWINS)

## make simulate  histories of a simulated world: SEEDS=1000 of them, or SEED=17, printed, and made smaller if it fails
SEEDS ?= 1000
simulate: setup
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(SEEDS)) \
		$(if $(FIRST),--first $(FIRST)) $(if $(KEEP),--keep $(KEEP)) $(if $(MUTATION),--mutation $(MUTATION))

## make simulate-mutations  plants faults in the rules, one by one, and has the simulation find each
MUTATIONS ?= all
simulate-mutations: setup
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.simulation --mutations $(MUTATIONS)

## make lint      formatting, lint, types, import walls, protos
lint: setup
	@deploy/setup/check.sh lint

## make format    format all code and protos
format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python protos/generate.py --google-only
	$(BIN)/buf format -w protos

## make protos    regenerate the stubs from the protos
protos: setup
	$(BIN)/python protos/generate.py

## make clients   regenerate the stubs of every language whose toolchain is on this machine
clients: setup
	$(BIN)/python protos/generate.py
	$(BIN)/python clients/languages.py generate

## make test-clients  check, build and run the client of every language; no toolchain may be missing
test-clients: setup
	@deploy/setup/check.sh clients

## make docs      regenerate the pages that follow from code: state machines, decisions, API, command line
docs: setup
	$(BIN)/python docs/generate.py

## make site      build the documentation's site, into ~/.cache/chronovisor/site
site: setup
	$(BIN)/python docs/build_site.py

## make release-protos  at a release only: freezes the protos, with which later ones must be compatible (protos/releases)
release-protos: setup
	$(BIN)/python protos/generate.py --google-only
	$(BIN)/python protos/release.py

## make constraints  renew the versions that set-up installs: deploy/setup/constraints.txt
constraints: setup
	@deploy/setup/constraints.sh $(BIN)/python

## make sbom      what it is made of, as a CycloneDX document: SBOM=FILE, by default .cache/chronovisor.cdx.json
sbom: setup
	@$(BIN)/python deploy/setup/sbom.py $(SBOM)

## make clean     remove what set-up and tests made
clean:
	rm -rf $(VENV) .deps .cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
