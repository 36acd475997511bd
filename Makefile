# One selfie in; twenty studio portraits out. `make` alone lists what can be made.

PORT     ?= 8000
DATA_DIR ?= var
DEBUG    ?= 1
SELFIE   ?=
STYLE    ?= rembrandt
OUT      ?= out
PYTHON   ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)

PY        := .venv/bin/python
INSTALLED := .venv/.installed
READY     := .venv/.ready
UV        := .venv-lock/bin/uv
export PORT DATA_DIR DEBUG

# Site, workers and tests start hundreds of processes: each would compile the project anew where this is set.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install setup networks chromium postgresql redis-server run test delivered soak test-fast lint format portrait bench attacks lighthouse newcomer evidence lock

help: ## List the targets
	@echo "PortraitOS"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'
	@echo "  PORT=$(PORT) and DATA_DIR=$(DATA_DIR) choose where it runs and where it keeps its files."

install: $(INSTALLED) ## Make .venv and install what the site needs, as locked

setup: $(READY) ## The same, and what developing and testing need

# The stamps make every later call instant; a changed lock installs again.
$(INSTALLED): requirements.lock render/pipeline/networks/wheels.lock
	@test -n "$(PYTHON)" || { \
	  echo "There is no Python on this machine. Install it with:"; \
	  echo "  sudo apt-get install -y python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' || { \
	  echo "PortraitOS needs Python 3.11 or 3.12, and $(PYTHON) is $$($(PYTHON) -V). Name another one:"; \
	  echo "  make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments. Install what it lacks with:"; \
	  echo "  sudo apt-get install -y python3-venv"; exit 1; }
	@test -x $(PY) || { echo "Making .venv with $$($(PYTHON) -V)"; $(PYTHON) -m venv .venv; }
	@echo "Installing the locked packages (about 1.4 GB on disk the first time)"
	@$(call pip,requirements.lock)
	@$(PY) -m portraitos_site.native
	@$(PY) -m render.pipeline.networks.install
	@touch $@
	@echo "Installed."

$(READY): $(INSTALLED) requirements-dev.lock
	@echo "Installing what development needs"
	@$(call pip,requirements-dev.lock)
	@$(PY) -m render.pipeline.networks.install --development
	@touch $@

networks: install ## Fetch the weights of neural networks, and list them with their licenses
	@$(PY) -m render.pipeline.networks.install
	@$(PY) manage.py networks

# Compiled on every core afterwards; a package's file that is no Python of this version says so when it is imported.
pip = $(PY) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r $(1) \
  && { $(PY) -m compileall -q -j 0 .venv/lib >/dev/null || true; }

run: install ## Migrate, load the catalogue and start site and workers (PORT, DATA_DIR)
	@$(PY) manage.py prepare
	@exec $(PY) manage.py serve --port $(PORT)

# The tests drive Debian's browser, and a PostgreSQL of their own that they restart; what is missing is installed.
chromium:
	@command -v chromium >/dev/null || { $(call install,$@); }

postgresql:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { $(call install,$@); }

redis-server:
	@command -v redis-server >/dev/null || { $(call install,$@); }

define install
echo "Installing $(1)"; \
as_root() { if [ "$$(id -u)" = 0 ]; then "$$@"; else sudo -n "$$@"; fi; }; \
as_root apt-get update -qq && as_root apt-get install -y -qq $(1) >/dev/null || { \
echo "There is no $(1), and it could not be installed. Mend it with:"; \
echo "  sudo apt-get install -y $(1)"; exit 1; }
endef

# A worker takes a whole file at a time; tests/conftest.py puts the long ones first. docs/testing.md says more.
DELIVERED ?= delivered
PORTRAITS ?= all
SOAK := LEDGER_EXAMPLES=2000 SOAK_KILLS=40 EVENT_ORDERS=all PORTRAITS=$(PORTRAITS) $(PY) -m pytest --dist loadfile --no-loadscope-reorder --durations=10
# What only has more portraits here was played by `make test` with some of them.
SOAK_COMPUTING := $(SOAK) $(if $(filter all,$(PORTRAITS)),,--ignore tests/pipeline/test_styles.py --ignore tests/pipeline/test_honesty.py)
PYTEST := $(PY) -m pytest --dist loadfile --no-loadscope-reorder --durations=40
# Each worker reads every test before its first one. These folders touch no rows (tests/house/test_markers.py).
ROWS_ALONE := --ignore tests/pipeline --ignore tests/e2e
# Rows mostly wait, for PostgreSQL and for killed processes; the engine keeps every core busy.
WAITING := -n $(shell echo $$(($$(nproc) * 3 / 2)))
COMPUTING := -n auto

test: setup chromium postgresql ## The whole test suite on every core; rows on PostgreSQL where PORTRAITOS_TEST_POSTGRES names a server
ifdef PORTRAITOS_TEST_POSTGRES
	@echo "What touches rows, on PostgreSQL:"
	@DATABASE_URL="$(PORTRAITOS_TEST_POSTGRES)" $(PYTEST) $(WAITING) $(ROWS_ALONE) -m "rows and not wide and not delivered"
	@echo "Everything else, and what speaks SQLite's dialect, on SQLite:"
	@$(PYTEST) $(COMPUTING) -m "(not rows or dialect) and not wide and not delivered"
else
	@$(PYTEST) $(COMPUTING) -m "not wide and not delivered"
endif

delivered: setup ## Carry phones' originals through every style, format and crop to the delivered files
	@$(if $(PORTRAITOS_TEST_POSTGRES),DATABASE_URL="$(PORTRAITOS_TEST_POSTGRES)") $(PY) -m pytest -n auto --dist loadgroup --no-loadscope-reorder -m "$(DELIVERED)" tests/delivered

soak: setup chromium ## The tests whose strength grows with their size, at full size, on the databases of `make test`
ifdef PORTRAITOS_TEST_POSTGRES
	@DATABASE_URL="$(PORTRAITOS_TEST_POSTGRES)" $(SOAK) $(WAITING) $(ROWS_ALONE) -m "(soak or wide) and rows and not delivered"
	@$(SOAK_COMPUTING) $(COMPUTING) -m "(soak or wide) and (not rows or dialect) and not delivered"
else
	@$(SOAK_COMPUTING) $(COMPUTING) -m "(soak or wide) and not delivered"
endif

test-fast: setup ## The tests that take seconds
	@$(PY) -m pytest -m "not slow"

lint: setup ## Style, types, templates, migrations
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m djlint --check --lint templates
	@$(PY) manage.py makemigrations --check --dry-run

format: setup ## Put the code into its one format
	@$(PY) -m ruff check --fix-only .
	@$(PY) -m ruff format .
	@$(PY) -m djlint --quiet --reformat templates

portrait: install ## Render one portrait (SELFIE=me.jpg STYLE=rembrandt OUT=out)
	@test -n "$(SELFIE)" || { echo "Which selfie? make portrait SELFIE=me.jpg STYLE=rembrandt OUT=out"; exit 2; }
	@$(PY) -m render.pipeline "$(SELFIE)" --style "$(STYLE)" --out "$(OUT)"

bench: setup ## Measure time and memory of every stage, how fast credits move, how long pages take
	@$(if $(PORTRAITOS_TEST_POSTGRES),DATABASE_URL="$(PORTRAITOS_TEST_POSTGRES)") $(PY) manage.py bench_ledger
	@$(PY) -m tests.bench_pages
	@$(PY) -m render.pipeline.bench

attacks: setup postgresql redis-server ## Attack a site that this starts (ONLY=row_01 some of it, REVISION=3bff6dd an older one)
	@ONLY="$(ONLY)" REVISION="$(REVISION)" $(PY) -m tests.attacks

lighthouse: setup chromium ## Have Lighthouse judge the pages of a site with real portraits
	@$(PY) -m tests.lighthouse

newcomer: setup chromium ## Clone this commit, `make run` it, and go through it in a browser as a stranger would
	@$(PY) -m tests.newcomer

evidence: setup ## Render everything on every face, with tables and contact sheets
	@$(PY) -m render.pipeline.evidence

lock: ## Resolve pyproject.toml into the two lock files again
	@test -x $(UV) || { $(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv==0.13.9; }
	@$(UV) pip compile --quiet --python-version 3.11.0 --generate-hashes --no-header --no-annotate \
	  pyproject.toml -o requirements.lock
	@$(UV) pip compile --quiet --python-version 3.11.0 --generate-hashes --no-header --no-annotate \
	  --group dev -c requirements.lock -o requirements-dev.lock
