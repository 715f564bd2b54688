# `make reproduce` and `make test` set up what they need on a machine with Python 3.11+.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE :=

.PHONY: reproduce test nightly lint clean help

help:
	@echo "make reproduce   set up, run every study, say where the report lies"
	@echo "make test        set up, run the tests"
	@echo "make nightly     set up, run the tests that take hours"
	@echo "make lint        set up, run every static check"
	@echo "make clean       remove results, work and caches (not $(VENV))"

# Two steps: pip's hash mode refuses the project itself, which has no hash.
$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

reproduce: $(VENV)/.run
	$(BIN)/rejia run

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not nightly"

# New examples for every test of properties; then each kind of true data as one test, of
# which the longest takes half an hour on one core.
nightly: export REJIA_SEARCH := 1
nightly: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --no-format-shell --no-sort --check workflow Snakefile
	$(BIN)/codespell README.md CHANGELOG.md CONTRIBUTING.md docs src config workflow
	$(BIN)/python tests/lint_workflow.py

clean:
	rm -rf results work .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src -name "*.nb[ci]" -delete
