# Two commands do everything on a fresh machine: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests share the cores between processes, so each keeps to one thread.
SINGLE := OMP_NUM_THREADS=1

.PHONY: demo test check-long lint docs clean

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.developing: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

demo: $(VENV)/.installed  ## render, train, evaluate and localize on embedded material; no network
	$(BIN)/seehear demo --output demo-output

test: $(VENV)/.developing  ## everything but the long checks
	$(SINGLE) $(BIN)/python -m pytest -n 2 -m "not long"

check-long: $(VENV)/.developing  ## the checks that take minutes
	$(SINGLE) $(BIN)/python -m pytest -m long --timeout 3600

lint: $(VENV)/.developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyrefly check

docs: $(VENV)/.developing  ## the documentation as a site in site/; no network
	$(BIN)/python docs/programs/commands.py
	$(BIN)/python docs/programs/figures.py
	$(BIN)/zensical build --clean --strict

clean:
	rm -rf $(VENV) demo-output site
