# What one does with this project. `make` alone explains itself.
# Everything is installed into .venv, by pinned and hashed requirements.

.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test lint chaos bench ledgers picture translations requirements clean

help: ## Show this help
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: .venv/.app ## Run sandbox and app with seeded recipients, and print their links
	@$(BIN)/python -m app demo $(ARGS)

test: .venv/.dev .venv/.browser .venv/.postgres .venv/.redis .venv/.node ## Check everything: lint, types, floors, tests, a browser
	@$(MAKE) --no-print-directory lint
	@$(BIN)/pytest -n 2 --dist loadfile --ignore tests/chaos
	@$(BIN)/pytest tests/chaos

lint: .venv/.dev ## Check style, types and the floors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

chaos: .venv/.dev .venv/.postgres ## Choose in a storm of faults, and see that nothing is lost
	@$(BIN)/python -m tests.chaos $(ARGS)

bench: .venv/.dev ## Measure the server's own time for a page, a visit's weight, and links
	@$(BIN)/python -m scripts.bench $(ARGS)
	@$(BIN)/python -m scripts.bench_links $(ARGS)

ledgers: .venv/.dev ## Measure what the ledger costs, among a million rows and with a backlog
	@$(BIN)/python -m scripts.bench_ledger $(ARGS)

picture: .venv/.dev .venv/.browser ## Take the README's picture anew
	@$(BIN)/python -m scripts.picture

translations: .venv/.dev ## Collect the texts to translate, and compile what is translated
	@$(BIN)/pybabel -q extract -F pyproject.toml -k lazy_gettext --omit-header --no-location --sort-output -o app/translations/messages.pot .
	@$(BIN)/pybabel -q update -i app/translations/messages.pot -d app/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/pybabel -q compile -d app/translations

requirements: .venv/.dev ## Pin the dependencies anew
	@scripts/requirements

clean: ## Remove what was installed and made
	rm -rf .venv var

.venv/.venv: scripts/venv
	@PYTHON=$(PYTHON) scripts/venv
	@touch $@

.venv/.app: .venv/.venv requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.dev: .venv/.app requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.venv/.browser: .venv/.dev scripts/browser
	@scripts/browser
	@touch $@

.venv/.postgres: .venv/.dev scripts/postgres
	@scripts/postgres
	@touch $@

.venv/.redis: .venv/.dev scripts/redis
	@scripts/redis
	@touch $@

.venv/.node: .venv/.dev scripts/node
	@scripts/node
	@touch $@
