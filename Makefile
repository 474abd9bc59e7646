# What one does with this project. `make` alone explains itself.
# Everything is installed into .venv, by pinned and hashed requirements.

.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test lint chaos bench ledgers docs picture translations requirements clean

help: ## Show this help
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: .venv/.app ## Run sandbox and app with seeded recipients, and print their links
	@$(BIN)/python -m app demo $(ARGS)

test: .venv/.dev .venv/.browser .venv/.postgres .venv/.redis .venv/.node .venv/.promtool .venv/.nginx .venv/.checkers ## Check everything: lint, types, floors, tests, a browser
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

bench: .venv/.dev .venv/.browser .venv/.npm .venv/.nginx ## Measure page, server and growth beside others, and the steps of a page
	@$(BIN)/python -m bench $(ARGS)

ledgers: .venv/.dev .venv/.postgres ## Measure what the ledger and the trail cost, among a million rows
	@$(BIN)/python -m scripts.bench_ledger $(ARGS)
	@$(BIN)/python -m scripts.bench_trail $(ARGS)

docs: .venv/.dev ## Build the documentation as a site, into var/docs
	@$(BIN)/python -m scripts.settings_page
	@$(BIN)/zensical build --strict

picture: .venv/.dev .venv/.browser ## Take the README's picture anew
	@$(BIN)/python -m scripts.picture

translations: .venv/.dev ## Collect the texts to translate, and compile what is translated
	@$(BIN)/pybabel -q extract -F pyproject.toml -k lazy_gettext --omit-header --no-location --sort-output -o app/translations/messages.pot .
	@$(BIN)/pybabel -q update -i app/translations/messages.pot -d app/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/pybabel -q compile -d app/translations

requirements: .venv/.dev ## Pin the dependencies anew
	@scripts/requirements

clean: ## Remove what was installed and made
	rm -rf .cache .venv var

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

.venv/.npm: .venv/.node scripts/npm
	@scripts/npm
	@touch $@

.venv/.promtool: .venv/.dev scripts/promtool
	@scripts/promtool
	@touch $@

.venv/.nginx: .venv/.dev scripts/nginx
	@scripts/nginx
	@touch $@

.venv/.checkers: .venv/.dev scripts/checkers
	@scripts/checkers
	@touch $@
