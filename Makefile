# `make` lists the targets. Everything runs from .venv, which `make install` makes and keeps current.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install up reset test lock secrets charts roll page clients verify bench
BIN := .venv/bin
UV ?= uv

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

install: ## Make .venv from the lock (PYTHON=... names the Python; else the newest that runs)
	@dev/install.sh

up: install ## Start the three services and the router, seeded (DATABASE=postgres; ROUTER_PORT=4100 USERS_PORT=...)
	@exec $(BIN)/python -m dev.up

reset: install ## Start the data over: the next `make up` seeds it anew
	@exec $(BIN)/python -m dev.reset

# Tests start the commands many times: what is compiled once is kept. Types are checked beside the tests, and told after.
test: export PYTHONDONTWRITEBYTECODE =
test: install ## Check formatting, lint, types and imports, and run all tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	@mkdir -p .mypy_cache; $(BIN)/mypy >.mypy_cache/said 2>&1 & mypy=$$!; \
	$(BIN)/pytest -n auto; tests=$$?; \
	wait $$mypy; types=$$?; echo mypy; cat .mypy_cache/said; exit $$((tests | types))

LOCK = $(UV) pip compile --generate-hashes --universal --no-header --python-version 3.11 --no-annotate --quiet

lock: ## Write the files of requirements/ anew from pyproject.toml (needs uv; UV=... names it)
	$(LOCK) pyproject.toml --all-extras --group dev -o requirements/dev.txt
	$(LOCK) pyproject.toml --extra router --extra kubernetes --extra telemetry -c requirements/dev.txt -o requirements/router.txt
	for service in users courses enrollments; do \
		$(LOCK) pyproject.toml --extra $$service --extra postgres --extra telemetry -c requirements/dev.txt -o requirements/$$service.txt \
		|| exit; done
	$(LOCK) $(CLIENTS)/python/requirements.in -o $(CLIENTS)/python/requirements.txt
	echo hatchling | $(LOCK) - -c requirements/dev.txt -o requirements/build.txt

secrets: install ## Write what compose.yaml needs into .secrets/: passwords and the key ring that signs tokens
	@$(BIN)/python -m dev.secrets

charts: install ## Write what follows from the charts' values: schemas, tables, the umbrella's values and seed, k8s/
	$(BIN)/python -m dev.charts

roll: install ## Roll every process under load, for ROUNDS=... rounds (default 5), and count failed requests (CARELESS=1)
	$(BIN)/python -m tests.e2e.rolling.at_length $(or $(ROUNDS),5) $(if $(CARELESS),--careless)

page: ## Build the page's assets anew from page/ (needs node 20 or later)
	cd page && npm ci && npm run build

CLIENTS = tests/e2e/clients

clients: install ## Ask the product by other makers' clients, and put their subgraphs into one graph (needs node 20 or later)
	cd $(CLIENTS)/javascript && npm ci --ignore-scripts --no-audit --no-fund
	test -x $(CLIENTS)/python/.venv/bin/python || $(BIN)/python -m venv $(CLIENTS)/python/.venv
	$(CLIENTS)/python/.venv/bin/python -m pip install --quiet --require-hashes -r $(CLIENTS)/python/requirements.txt
	$(BIN)/pytest -v $(CLIENTS) tests/e2e/test_python_client.py

verify: install ## Compare the router with a monolith on random graphs (CASES=1000 SEED=...)
	$(BIN)/router verify --cases $(or $(CASES),1000) $(if $(SEED),--seed $(SEED))

bench: install ## The gateways benchmark (PEERS="folder ..." beside it, PROFILE=1 for a profile; needs wrk)
	@command -v wrk >/dev/null || { echo "wrk makes the load: install it, as with apt-get install wrk" >&2; exit 1; }
	$(BIN)/python -m bench.gateways.run $(if $(PROFILE),--profile --seconds 10) \
		$(foreach peer,$(or $(PEERS),bench/gateways/peers/apollo-gateway),--peer $(peer))
