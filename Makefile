# Two commands: `make demo` shows the product, `make test` proves it. Everything they need goes into .venv and .local.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; then echo $$p; break; fi; done)
PORT ?= 8000
BIN := .venv/bin
# Where it is set, every process compiles a thousand modules anew: a second `make demo` then takes 7 s instead of 2.
unexport PYTHONDONTWRITEBYTECODE
# Spark's example is tested where there is Java.
SPARK := $(shell command -v java >/dev/null 2>&1 && echo .venv/spark/installed)

.PHONY: help demo clean-demo test lint bench lock

help:
	@echo "make demo        the whole site with a sample company (PORT=8123 for another port than 8000); Ctrl-C ends it"
	@echo "make clean-demo  throws the demo's data away"
	@echo "make test        every test, against real servers (ARGS='tests/register -x' for some of them)"
	@echo "make lint        style, types, templates, migrations, settings, and the rules of the house"
	@echo "make bench       how fast it is, each against a baseline; half an hour on two cores"
	@echo "make lock        pins the dependencies that pyproject.toml asks for"

demo: .venv/run
	@exec $(BIN)/python -m transparency.demo --port $(PORT)

clean-demo:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m transparency.demo --clean; fi

test: .venv/dev .venv/dbt/installed $(SPARK)
	$(BIN)/python -m pytest -n 3 $(ARGS)

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djade --check $$(git ls-files 'templates/*.html')
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.config.production check --deploy --fail-level WARNING
	$(BIN)/python -m pytest tests/contracts

bench: .venv/dev
	$(BIN)/python -m tests.bench

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; none was found. Name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null || { echo "$(PYTHON) is not there, or is not Python 3.11 to 3.14. Name one that is: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Setting up, once: this takes half a minute."
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "$(PYTHON) can't make virtual environments. On Debian and Ubuntu, install python3-venv."; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null || true

# uv where it works, for speed, with the machine's own certificates; pip otherwise, which also knows its other settings
# (index). Both check every hash. $(1) is the list, $(2) the environment that it goes into.
uv = [ -x $(BIN)/uv ] && UV_SYSTEM_CERTS=1 UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=$(2) $(BIN)/uv pip install --quiet --require-hashes -r $(1) 2>.venv/uv.log
pip = $(BIN)/python -m pip --python $(2)/bin/python install --quiet --disable-pip-version-check --require-hashes -r $(1)
absent = echo "The packages of $(1) could not be had. They are fetched once, from the index that pip knows (pip config list)."
install = { $(call uv,$(1),$(2)); } || { echo "Installing with pip, which takes a minute."; $(call pip,$(1),$(2)); } || { $(call absent,$(1)); exit 1; }

.venv/run: requirements/run.txt | .venv/bin/python
	@$(call install,requirements/run.txt,.venv)
	@touch $@

.venv/dev: requirements/dev.txt | .venv/bin/python
	@$(call install,requirements/dev.txt,.venv)
	@touch $@ .venv/run

.venv/dbt/installed: requirements/dbt.txt | .venv/bin/python
	@$(BIN)/python -m venv --clear --without-pip .venv/dbt
	@$(call install,requirements/dbt.txt,.venv/dbt)
	@touch $@

.venv/spark/installed: requirements/spark.txt | .venv/bin/python
	@$(BIN)/python -m venv --clear --without-pip .venv/spark
	@$(call install,requirements/spark.txt,.venv/spark)
	@touch $@

# Pins what pyproject.toml asks for; versions that are pinned already stay.
compile = UV_SYSTEM_CERTS=1 UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml

lock: .venv/bin/python
	$(compile) --extra site -o requirements/run.txt
	$(compile) --extra site --group dev -o requirements/dev.txt
	$(compile:pyproject.toml=--group dbt --no-strip-extras) -o requirements/dbt.txt
	$(compile) --group spark -o requirements/spark.txt
