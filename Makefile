# Everything here works on a bare machine with python3 (3.11 or newer), pip, make and git.
# `make` alone lists what there is.

PYTHON ?= python3
VENV := .venv
LAB := .venv-lab
NEWEST := .venv-newest
OLDEST := .venv-oldest
CACHE := .cache
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LAB_READY := $(LAB)/.ready
NEWEST_READY := $(NEWEST)/.ready
# tests/conftest.py puts long files first, and xdist is to leave them there.
BOTH := -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart=2
QUICK := $(BOTH) -m "not end_to_end and not simulation and not browser and not thorough"
CHOSEN := -m "not simulation and not thorough"

# What can hang on the version of Python: reading, clocks, statistics, keeping, pictures, names and
# completion. `make newest AGAIN=tests` runs all quick tests.
AGAIN := tests/cli/test_cli_shell.py tests/keeping tests/timing tests/dynamics/test_breaks_reference.py \
  $(filter-out %_properties.py,$(wildcard tests/eventstudy/test_*.py tests/eventstudy/*/test_eventstudy_*.py)) \
  tests/datasets/reading tests/plots/test_drawn.py tests/project/test_public_names.py
NBVAL := notebooks/0*.ipynb notebooks/teaching.ipynb

# What Jupyter, IPython and matplotlib keep between runs stays in the checkout, not in $HOME, and a
# user's own start-up files cannot change what the notebooks show. It is in neither environment:
# JupyterLab may write here before there is a .venv, and uv makes none in a folder that is not empty.
export IPYTHONDIR := $(CURDIR)/$(CACHE)/ipython
export JUPYTER_CONFIG_DIR := $(CURDIR)/$(CACHE)/jupyter
export JUPYTER_DATA_DIR := $(CURDIR)/$(CACHE)/jupyter
export MPLCONFIGDIR := $(CURDIR)/$(CACHE)/matplotlib
# Kernels choose the inline backend themselves; one inherited from outside makes figures vanish.
unexport MPLBACKEND
# A shell's own packages must not shadow the locked ones, and what is imported is to be compiled once
# and not by each of thousands of processes.
unexport PYTHONPATH PYTHONDONTWRITEBYTECODE

# Kernels are forked where that is possible, and started as always elsewhere (docs/kernels.md).
report test: export JUPYTER_DEFAULT_PROVISIONER_NAME := rareearth-fork

.DEFAULT_GOAL := help
.PHONY: help install report test thorough docs lint format unit newest newest-ready oldest notebooks data refresh lab lock bench wheel wheel-full clean

help:  ## List these targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

report: $(READY)  ## Run every study and write reports/index.html
	@$(BIN)/rareearth report

test: $(READY)  ## Check everything: lint, types, tests, notebooks, documentation, newest Python
	@$(MAKE) --no-print-directory --jobs=2 lint newest-ready docs  # each keeps one core busy
	@$(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout=300 \
	  $(BOTH) $(CHOSEN) tests $(NBVAL)
	@$(MAKE) --no-print-directory newest AGAIN="$(AGAIN)"

thorough: CHOSEN :=
thorough: AGAIN := tests
thorough: test  ## As test, with every case of every test and all quick tests on the newest Python

docs: $(READY)  ## Build the documentation into reports/docs; warnings are errors
	@$(BIN)/python scripts/docs.py

lab: $(LAB_READY)  ## Open copies of the notebooks in JupyterLab (LAB_OPTIONS=--no-browser, --fresh)
	@$(LAB)/bin/rareearth lab $(LAB_OPTIONS)

lint: $(READY)  ## Check style (ruff), types (mypy) and the order of imports
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run 'make format'."; exit 1; }
	@$(BIN)/mypy
	@found=$$($(BIN)/lint-imports --no-cache --no-logo) || { echo "$$found"; exit 1; }

format: $(READY)  ## Put code and notebooks into the common format
	@$(BIN)/python scripts/public_names.py
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

unit: $(READY)  ## Only the quick tests
	@$(BIN)/python -m pytest $(QUICK) tests

newest: newest-ready  ## Quick tests of what can hang on Python, on the newest one here
	@if [ -d $(NEWEST) ]; then \
	  echo "Quick tests again, on $$($(NEWEST)/bin/python -V):"; \
	  $(NEWEST)/bin/python -m pytest $(QUICK) $(AGAIN); \
	else \
	  echo "No supported Python here is newer than $$($(BIN)/python -V): nothing more to test on."; \
	fi

newest-ready: $(READY)
	@python=$$(bash scripts/newest_python.sh $(BIN)/python); \
	[ -n "$$python" ] && [ "$$($(NEWEST)/bin/python -V 2>&1)" = "$$($$python -V)" ] || rm -rf $(NEWEST); \
	[ -z "$$python" ] || $(MAKE) --no-print-directory $(NEWEST_READY) PYTHON="$$python"

oldest:  ## The quick tests with the least versions that pyproject.toml allows (needs uv)
	@mkdir -p $(CACHE) && bash scripts/lock.sh --oldest $(CACHE)/oldest.lock
	@rm -rf $(OLDEST) && bash scripts/install.sh "$(PYTHON)" $(OLDEST) $(CACHE)/oldest.lock
	@$(OLDEST)/bin/python -m pytest $(QUICK) tests

notebooks: $(READY)  ## Run the notebooks again in place, and draw the README's pictures
	@$(BIN)/python scripts/execute_notebooks.py
	@$(BIN)/python scripts/pictures.py

data: $(READY)  ## Rebuild data/clean from data/raw and verify it
	@$(BIN)/rareearth data build
	@$(BIN)/rareearth data verify

refresh: $(READY)  ## Fetch newer figures from every live source, side by side (docs/refreshing.md)
	@$(BIN)/rareearth data refresh all

bench: $(READY)  ## Measure speed, and size and power of the tests
	@for script in $$(grep -l __main__ benchmarks/*.py); do echo "== $$script"; $(BIN)/python $$script || exit 1; done

lock:  ## Pin every dependency anew (needs uv)
	@bash scripts/lock.sh
	@$(PYTHON) scripts/environment_yml.py

install: $(READY)  ## Only make the environment

wheel: $(READY)  ## Build wheel and sdist in dist/; fails if a row in them may not be passed on
	@$(BIN)/python -m hatchling build -d dist

wheel-full: $(READY)  ## Build a wheel with every table in dist/private/, for your own use only
	@RAREEARTH_WHOLE=1 $(BIN)/python -m hatchling build -t wheel -d dist/private

clean:  ## Remove environments, reports and caches
	@rm -rf $(VENV) $(LAB) $(NEWEST) $(OLDEST) $(CACHE) reports dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml scripts/install.sh
	@bash scripts/install.sh "$(PYTHON)" $(VENV) requirements.lock
	@mkdir -p $(CACHE) && touch $@

$(NEWEST_READY): requirements.lock pyproject.toml scripts/install.sh
	@bash scripts/install.sh "$(PYTHON)" $(NEWEST) requirements.lock
	@touch $@

$(LAB_READY): requirements-lab.lock pyproject.toml scripts/install.sh
	@bash scripts/install.sh "$(PYTHON)" $(LAB) requirements-lab.lock
	@mkdir -p $(CACHE) && touch $@
