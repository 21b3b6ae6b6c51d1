# Two commands on a fresh machine with Python 3.11-3.13, its venv module, git and make:
#   make app     set everything up and open the app
#   make test    set everything up and pass the tests
# Everything else is for those who work on facemap. `make help` lists it.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
# pip takes exactly the files that the requirements name, or stops.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
SUPPORTED := import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
# Set PYTHON to choose an interpreter; otherwise the first supported one on the path.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(SUPPORTED)' >/dev/null 2>&1 && echo $$p && break; done)
# The quick one first; the table of all that they found last.
BENCHMARKS = benchmarks/speed.py \
	$(filter-out benchmarks/speed.py benchmarks/summary.py,\
	$(sort $(wildcard benchmarks/*.py))) benchmarks/summary.py
PYTEST := $(BIN)/python -m pytest

.PHONY: help app test test-ui lint format types imports benchmark wheel check lock clean

help: ## list what can be made
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' \
		| while IFS="$$(printf '\t')" read -r name text; do \
			printf '  make %-10s %s\n' "$$name" "$$text"; done

app: $(STAMPS)/app ## set everything up and open the app
	$(BIN)/facemap app

# Two halves side by side, as there are two cores: these, and all the others.
HALF := $(addprefix tests/,comparison documents frame landmarks photo planning \
	protocol quality render)
test: $(STAMPS)/dev ## set everything up and pass the tests, doctests included
	@$(PYTEST) -m "not browser" $(HALF) >$(STAMPS)/half.txt 2>&1 & half=$$!; \
	$(PYTEST) -m "not browser" $(addprefix --ignore=,$(HALF)); others=$$?; \
	wait $$half; half=$$?; cat $(STAMPS)/half.txt; exit $$((half ? half : others))

test-ui: $(STAMPS)/dev ## drive the app in a real browser (needs Chromium)
	$(PYTEST) tests/browser -m browser

lint: $(STAMPS)/dev ## find faults of style
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(STAMPS)/dev ## mend the faults of style that a machine can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(STAMPS)/dev ## check the types
	$(BIN)/mypy

imports: $(STAMPS)/dev ## check that imports point down
	$(BIN)/lint-imports

benchmark: $(STAMPS)/dev ## measure speed and accuracy
	@set -e; for script in $(BENCHMARKS); do \
		echo "== $$script"; $(BIN)/python "$$script"; done

wheel: $(STAMPS)/dev ## build dist/*.whl, weights and data files included
	rm -rf dist
	$(BIN)/hatchling build --target wheel

check: lint types imports test ## everything that a change must pass

# Names, versions and hashes; no addresses. Run after a change to pyproject.toml.
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--only-binary :all: --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --quiet
lock: $(STAMPS)/dev ## pin the dependencies again (needs the package index)
	$(LOCK) --group build --output-file requirements.txt
	$(LOCK) --group dev --constraint requirements.txt \
		--output-file requirements-dev.txt

clean: ## remove what was made, the environment included
	rm -rf $(VENV) build dist out benchmarks/out .pytest_cache .mypy_cache \
		.ruff_cache .hypothesis .import_linter_cache
	find facemap tests benchmarks tools -name __pycache__ -type d -prune \
		-exec rm -rf {} +

$(STAMPS)/venv:
	@"$(PYTHON)" -c '$(SUPPORTED)' 2>/dev/null || { echo "facemap needs Python 3.11, 3.12\
 or 3.13 with its venv module: install one, or name it: make PYTHON=... app" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	mkdir -p $(STAMPS)
	touch $@

$(STAMPS)/app: requirements.txt pyproject.toml | $(STAMPS)/venv
	@echo "Installing what facemap needs. The first time takes a minute or two."
	$(PIP) --require-hashes -r requirements.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

# The development set contains the run-time set, in the same versions.
$(STAMPS)/dev: requirements-dev.txt requirements.txt pyproject.toml | $(STAMPS)/venv
	@echo "Installing what facemap needs. The first time takes a minute or two."
	$(PIP) --require-hashes -r requirements-dev.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $(STAMPS)/app $@
