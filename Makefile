# Everything a person or CI runs. Needs Python 3.11+, make and git; nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.PHONY: up setup
up: setup ## start everything (PORT=8000)
	@$(BIN)/charsu up --port $(PORT)

setup: $(VENV)/.runtime ## the environment Charsu runs in

$(BIN)/uv: requirements/bootstrap.lock
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
	@touch $(BIN)/uv

$(VENV)/.runtime: $(BIN)/uv requirements/runtime.lock pyproject.toml $(wildcard plugins/*/pyproject.toml)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/runtime.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps -e . $(addprefix -e ,$(wildcard plugins/*))
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@touch $@

.PHONY: dev lock
dev: $(VENV)/.dev ## the environment with test and lint tools

lock: $(BIN)/uv ## pin every dependency with hashes
	@for f in runtime dev bootstrap; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command 'make lock' requirements/$$f.in -o requirements/$$f.lock || exit 1; done
