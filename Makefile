# The two commands a fresh machine needs: `make run` and `make test`.
# Everything is installed into .venv from the locked, hashed requirements; nothing outside it is touched.

PYTHON ?= python3
BORDER_HOME ?= $(CURDIR)/var
VENV := .venv
BIN := $(VENV)/bin
UV := $(VENV)/uv/bin/uv
export BORDER_HOME
export UV_NO_CONFIG := 1
# No settings file of uv's is read. pip's settings are, and where uv was given no index (UV_DEFAULT_INDEX,
# UV_INDEX_URL) it takes the one of pip, which it would not look for itself; in the environment, as an
# index may hold a password.
WITH_INDEX = index="$${UV_DEFAULT_INDEX:-$${UV_INDEX_URL:-$${PIP_INDEX_URL:-$$($(VENV)/uv/bin/python -m pip config get global.index-url 2>/dev/null)}}}"; \
	if [ -n "$$index" ]; then export UV_DEFAULT_INDEX="$$index"; fi;
NOT_INSTALLED = { echo "the requirements could not be installed: is a package index reachable?"; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help run test test-browser test-fault test-daemon test-replay ui check lint types setup setup-dev lock format docs bench bench-long clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "make %-13s %s\n", $$1, $$2}'

run: setup ## sample publications to published tables, with no network beyond the package index
	@$(BIN)/border run

test: setup-dev ## all tests but the long suites
	@$(BIN)/python -m pytest -n 2 --dist loadfile

test-browser: setup-dev ## the web page in Chromium (part of `make test` where there is one)
	@$(BIN)/python -m pytest tests/browser

test-fault: setup-dev ## what fails at the agencies, on the way and on the disk (a few minutes)
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests/fault

test-daemon: setup-dev ## the schedules with a daemon, unattended (about 4 minutes)
	@$(BIN)/python -m pytest tests/daemon

test-replay: setup-dev ## the past, replayed from the publications day by day (about 12 minutes)
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests/replay

check: lint types ## every linter, the type check, and the import floors

lint: setup-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests

types: setup-dev
	@$(BIN)/mypy

format: setup-dev ## let ruff format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

docs: setup-dev ## write docs/data_dictionary.md and docs/reliability.md again
	@$(BIN)/python docs/build_data_dictionary.py
	@$(BIN)/python docs/build_reliability.py

ui: setup ## the Dagster UI (http://127.0.0.1:3000) and the schedules, on the same home
	@$(BIN)/border ui

bench: setup-dev ## measure runs, and how they grow with ten times the vintages (a report, not a test)
	@$(BIN)/python bench/bench.py
	@$(BIN)/python bench/growth.py --times 10

bench-long: setup-dev ## the same with a hundred times the vintages, and the size of a history
	@$(BIN)/python bench/growth.py --times 10 100
	@$(BIN)/python bench/history_size.py

setup: $(VENV)/.run-stamp

setup-dev: $(VENV)/.dev-stamp

$(UV): requirements-uv.lock
	@command -v $(PYTHON) >/dev/null || { echo "python3 is missing: install Python 3.11 to 3.13 (Debian: apt-get install python3 python3-venv)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "$$($(PYTHON) --version) found; Python 3.11 to 3.13 is needed: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing (Debian: apt-get install python3-venv)"; exit 1; }
	@echo "setting up $(VENV) (once, a minute or two)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PYTHON) -m venv $(VENV)/uv
	@$(VENV)/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock || { echo "uv could not be installed: is a package index reachable?"; exit 1; }
	@touch $@

$(VENV)/.run-stamp: $(UV) requirements.lock pyproject.toml
	@$(WITH_INDEX) $(UV) pip sync --quiet --python $(BIN)/python --compile-bytecode --require-hashes requirements.lock || $(NOT_INSTALLED)
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline -e .
	@touch $@

$(VENV)/.dev-stamp: $(UV) requirements-dev.lock pyproject.toml
	@$(WITH_INDEX) $(UV) pip sync --quiet --python $(BIN)/python --compile-bytecode --require-hashes requirements-dev.lock || $(NOT_INSTALLED)
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline -e .
	@touch $(VENV)/.run-stamp $@

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

lock: $(UV) ## resolve the locks again (needs the package index)
	@$(WITH_INDEX) $(COMPILE) pyproject.toml --group build -o requirements.lock $(ARGS)
	@$(WITH_INDEX) $(COMPILE) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock $(ARGS)
	@$(WITH_INDEX) echo uv | $(COMPILE) - -o requirements-uv.lock $(ARGS)

clean: ## remove the environment and caches, never the data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache dbt_project/target
