# The documented commands. Each can be run again at no cost: the stamp tells what is installed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: install chat dev ui test lint coverage docs bench clean

install: $(VENV)/.installed
chat: $(VENV)/.chat
dev: $(VENV)/.dev

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $@

$(VENV)/.chat: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[chat]'
	touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

ui: chat
	$(BIN)/python ui.py

test: dev
	$(BIN)/python -m pytest

# The same tests with the share of the product's lines that they run.
coverage: dev
	$(BIN)/python -m pytest --cov=rag --cov-report=term:skip-covered

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Every page and table that is made of the code or of results.
docs: dev
	$(BIN)/python -m tests.rooms
	$(BIN)/python -m tests.formats_table
	$(BIN)/python -m tests.benchmarks tables
	$(BIN)/python -m tests.readme

bench: dev
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
