# `make` lists the targets. Everything runs from .venv, which `make install` makes and keeps current.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install up reset test lock page
BIN := .venv/bin
UV ?= uv

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

install: ## Make .venv from the lock (PYTHON=... names the Python; else the newest that runs)
	@dev/install.sh

up: install ## Start the three services and the router, seeded (ROUTER_PORT=4100 USERS_PORT=... choose others)
	@exec $(BIN)/python -m dev.up

reset: install ## Start the data over: the next `make up` seeds it anew
	@exec $(BIN)/python -m dev.reset

test: install ## Check formatting, lint, types and imports, then run all tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --dist loadgroup

lock: ## Write requirements/dev.txt anew from pyproject.toml (needs uv; UV=... names it)
	$(UV) pip compile pyproject.toml --all-extras --group dev --generate-hashes --universal --no-header \
		--python-version 3.11 --no-annotate -o requirements/dev.txt

page: ## Build the page's assets anew from page/ (needs node 20 or later)
	cd page && npm ci && npm run build
