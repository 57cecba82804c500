# Two commands: make run, make test. Everything else is a part of these.
PORT ?= 8000
AS :=
DATA :=
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
QUIETLY = >$(VENV)/install.log 2>&1 || { cat $(VENV)/install.log; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help setup run chat demo lint types test test-long lighthouse browser node lock clean

help: ## Say what can be typed
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.ready ## Make the environment in .venv

$(VENV)/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed; this is $$($(PYTHON) --version 2>&1)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv module is missing. Install it: apt-get install -y python3-venv"; exit 1; }
	@echo "Setup    making $(VENV) and installing packages, once …"
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --require-hashes -r requirements.txt $(QUIETLY)
	@$(INSTALL) --no-deps --no-build-isolation --editable . $(QUIETLY)
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.txt
	@echo "Setup    installing what the tests need, once …"
	@$(INSTALL) --require-hashes -r requirements-dev.txt $(QUIETLY)
	@touch $@

run: setup ## Run the monitor: make run PORT=8080
	@$(BIN)/monitor run --port $(PORT)

chat: setup ## Talk with the monitor in the terminal: make chat AS=lead:gemeente-schiedam
	@$(BIN)/monitor chat $(if $(AS),--as $(AS)) $(if $(DATA),--data $(DATA))

demo: setup ## Show an invented plan in mid-term, apart from everything real: make demo PORT=8080
	@$(BIN)/monitor demo --port $(PORT)

lint: $(VENV)/.ready-dev ## Check the style of the code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.ready-dev ## Check the types
	@$(BIN)/mypy

browser: ## Make sure there is a Chromium for the browser tests
	@.ci/browser

node: node_modules/.ready ## Make sure there is a Node with the npm packages of the tests

node_modules/.ready: $(VENV)/.ready-dev package.json package-lock.json .npmrc
	@.ci/node $(VENV)

test: $(VENV)/.ready-dev browser node lint types ## Run the whole suite
	@$(BIN)/monitor lint
	@$(BIN)/python -m pytest -n auto --dist worksteal

test-long: $(VENV)/.ready-dev browser node ## Run the tests that take minutes
	@$(BIN)/python -m pytest -m long

benchmarks/lighthouse/node_modules/.ready: $(VENV)/.ready-dev benchmarks/lighthouse/package-lock.json
	@.ci/node $(VENV) ci --prefix benchmarks/lighthouse --silent
	@touch $@

lighthouse: browser benchmarks/lighthouse/node_modules/.ready ## Let Lighthouse look at the site as on a phone
	@$(BIN)/python -m benchmarks.lighthouse

lock: $(VENV)/.ready-dev ## Renew the lock files
	@$(BIN)/pip-compile --quiet --upgrade --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --strip-extras --output-file requirements.txt pyproject.toml
	@$(BIN)/pip-compile --quiet --upgrade --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --strip-extras --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml
	@$(BIN)/pip-compile --quiet --upgrade --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --strip-extras --output-file .ci/node.txt .ci/node.in
	@$(BIN)/pip-compile --quiet --upgrade --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --strip-extras --output-file .ci/zensical.txt .ci/zensical.in
	@.ci/node $(VENV) update --package-lock-only --silent
	@.ci/node $(VENV) update --package-lock-only --silent --prefix benchmarks/lighthouse

clean: ## Throw the environment away; data in var/ stays
	@rm -rf $(VENV) node_modules
