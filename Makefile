# `make demo` shows the whole of it; `make test` proves it. Both install what they need; both need root for the lab.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint docs install clean

demo: install
	$(BIN)/python tools/demo.py

test: install lint
	$(BIN)/pytest -n 2 --dist loadgroup $(PYTEST)

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --explicit-package-bases blueprints examples tools benchmarks

docs: $(VENV)/installed
	$(BIN)/python tools/docs.py

install: $(VENV)/installed
	tools/prepare

$(VENV)/installed: pyproject.toml constraints.txt
	tools/prepare python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .demo
