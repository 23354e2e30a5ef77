# Every target sets itself up: a Python environment in .venv, and the compiled model in .cache/models where it is needed.
# Debian packages are installed only when something is missing and this runs as root.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
STAMP := $(VENV)/.installed
export MEMORY_MODEL_CACHE ?= $(CURDIR)/.cache/models
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help env demo serve test lint types imports unit bench docs stranger clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

env: $(STAMP) ## install everything into .venv

$(STAMP): pyproject.toml constraints.txt scripts/environment.sh
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh scripts/environment.sh
	@touch $@

demo: $(STAMP) ## the main job on the example company, as a short tour
	@$(BIN)/memory demo

serve: $(STAMP) ## the API on http://127.0.0.1:8000, on the home MEMORY_HOME, else .memory
	@test -d "$${MEMORY_HOME:-.memory}/config" || $(BIN)/memory init
	@$(BIN)/memory serve

lint: $(STAMP) types imports ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP) ## mypy --strict
	@$(BIN)/mypy

imports: $(STAMP) ## imports point down only
	@$(BIN)/lint-imports

unit: $(STAMP) ## the fast tests alone
	@$(BIN)/pytest -q tests/unit

test: $(STAMP) ## all tests, as many at once as there are processors, four at most
	@$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

bench: $(STAMP) ## every measurement of benchmarks/README.md
	@$(BIN)/python -m benchmarks

docs: $(STAMP) ## regenerate the reference from code, and check all pages against it
	@$(BIN)/python scripts/reference.py
	@$(BIN)/pytest -q tests/unit/test_docs.py

stranger: $(STAMP) ## README and tutorial word for word, in a fresh clone
	@$(BIN)/python scripts/strangers_path.py

clean: ## remove what the targets made
	rm -rf $(VENV) .cache build dist *.egg-info
