# Everything a person or CI runs. Needs Python 3.11+, make and git; nothing else.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
ASSETS := platform/charsu/static/vendor/icons.svg
LOCKS := runtime dev node bootstrap
# uv is quick; pip is there for machines whose package index only pip knows.
INSTALL = $(BIN)/python requirements/install.py

# Compiled once, not at each start: without .pyc files every process spends seconds on its imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help
help: ## this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /\1|/' | column -t -s '|'

##@ Run
.PHONY: up setup assets
up: ## start everything on http://localhost:8000 (PORT=8000)
	@$(MAKE) --no-print-directory -j 2 setup
	@exec $(BIN)/charsu up --port $(PORT)

setup: $(VENV)/.runtime $(ASSETS) ## the environment Charsu runs in, browser assets too

assets: ## fetch and build the browser assets anew
	@rm -f $(ASSETS)
	@$(MAKE) --no-print-directory $(ASSETS)

$(BIN)/uv: requirements/bootstrap.lock
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
	@touch $@

$(VENV)/.runtime: $(BIN)/uv requirements/runtime.lock pyproject.toml $(wildcard plugins/*/pyproject.toml)
	@echo "installing what Charsu runs on"
	@$(INSTALL) requirements/runtime.lock
	@$(INSTALL) --editable . $(wildcard plugins/*)
	@$(BIN)/python -c 'import charsu.web.wsgi, charsu.jobs.worker, charsu.jobs.scheduler' # compiled once, not by each process
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.lock
	@echo "installing what tests it"
	@$(INSTALL) requirements/dev.lock
	@touch $@

# Node and npm where the machine has them, beside the installation; else from a wheel, after it.
ifneq ($(shell command -v npm),)
$(ASSETS): package-lock.json platform/charsu/ui/icons.txt platform/charsu/server/assets.py
	@echo "building browser assets"
	@PYTHONPATH=platform $(PYTHON) -m charsu.server.assets
else
$(ASSETS): $(VENV)/.runtime package-lock.json platform/charsu/ui/icons.txt platform/charsu/server/assets.py
	@echo "building browser assets, with Node from a wheel"
	@$(INSTALL) requirements/node.lock
	@$(BIN)/python -m charsu.server.assets
endif

##@ Work on it
.PHONY: dev test proof check lint types bench lock
dev: $(VENV)/.dev ## the environment with test and lint tools

test: dev $(ASSETS) ## all tests but the long proofs
	@$(BIN)/pytest -q -n 2 --dist worksteal -m "not proof"

proof: dev $(ASSETS) ## the long proofs: ledgers, faults, journeys in a browser
	@$(BIN)/pytest -q -n 2 --dist loadfile -m proof

check: lint types ## everything that reads the code

lint: dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/djlint --lint --quiet platform plugins
	@$(BIN)/python -m charsu.text.catalogues check
	@$(BIN)/vulture
	@$(BIN)/deptry --no-ansi .

types: dev
	@$(BIN)/mypy

bench: dev $(ASSETS) ## measure speed and print the tables
	@$(BIN)/python -m benchmarks

lock: $(BIN)/uv ## pin every dependency with hashes
	@for lock in $(LOCKS); do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command 'make lock' \
	  requirements/$$lock.in -o requirements/$$lock.lock || exit 1; done
