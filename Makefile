PORT ?= 8000
PYTHON ?= python3
BIN = .venv/bin

# How many tests run at the same time. Those of one file stay together: they share servers.
WORKERS ?= 3
SIDE_BY_SIDE = -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Nothing is installed but what the lock files name, with the hash they name.
INSTALL = $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r
LOCKED = requirements requirements-ocr requirements-dev requirements-bench requirements-tools
LOCK_OPTIONS = -q --no-config --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --custom-compile-command "make lock"

# The tests start hundreds of processes: what one of them compiles is not compiled again.
unexport PYTHONDONTWRITEBYTECODE

# The files that have tests with a mark, so that no others are imported.
marked = $(patsubst %/conftest.py,%,$(shell grep -rl --include='*.py' 'mark\.$(1)' tests))

# Where the tests find PostgreSQL.
POSTGRES ?= postgres://ragws_test:ragws_test@127.0.0.1:5432/ragws

.PHONY: run test services test-postgres chaos check check-types check-style check-settings lock audit bench clean

run: .venv/runtime
	$(BIN)/python manage.py quickstart --port $(PORT)

# All of them, side by side where they can be; or those that ARGS names.
test: .venv/dev $(if $(CI),services)
ifeq ($(ARGS),)
	$(BIN)/pytest -q $(SIDE_BY_SIDE) -m "not alone"
	$(BIN)/pytest -q -m alone $(call marked,alone)
else
	$(BIN)/pytest $(ARGS)
endif
	$(if $(CI),$(MAKE) test-postgres)

services:
	bash tests/services.sh

# Those marked `database`: in `make test` they run on SQLite.
test-postgres: .venv/dev
	DATABASE_URL=$(POSTGRES) $(BIN)/pytest -q $(SIDE_BY_SIDE) -m database $(call marked,database)

chaos: .venv/dev
	$(BIN)/pytest tests/chaos tests/soak $(ARGS)

check: check-types check-style check-settings

check-types: .venv/dev
	$(BIN)/mypy .

check-style: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

check-settings: .venv/dev
	$(BIN)/python manage.py makemigrations --check --dry-run
	RAGWS_DATA_DIR=$$(mktemp -d) HTTPS=1 ALLOWED_HOSTS=chat.example.org $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: .venv/bench
	$(BIN)/python -m benchmarks $(ARGS)

# Writes the lock files anew, after a change of requirements*.txt. What still fits stays as it is,
# and each file has the versions of the one before it.
# `make lock ARGS=--upgrade` takes the newest of everything.
lock: .venv/tools/installed
	set --; for name in $(LOCKED); do \
		.venv/tools/bin/uv pip compile $(LOCK_OPTIONS) $(ARGS) "$$@" $$name.txt -o $$name.lock || exit; \
		set -- -c $$name.lock; \
	done

# Are there known vulnerabilities in what is locked?
audit: .venv/tools/installed
	$(PYTHON) -m dependencies.audit .venv/tools/bin/pip-audit requirements-bench.lock requirements-tools.lock

clean:
	rm -rf .venv

.venv/runtime: requirements.lock
	$(PYTHON) -m venv .venv
	$(INSTALL) requirements.lock
	touch $@

.venv/dev: requirements-dev.lock
	$(PYTHON) -m venv .venv
	$(INSTALL) requirements-dev.lock
	touch $@ .venv/runtime

.venv/bench: requirements-bench.lock .venv/dev
	$(INSTALL) requirements-bench.lock
	touch $@

# Apart from the others: pip-audit brings a pip of its own.
.venv/tools/installed: requirements-tools.lock
	$(PYTHON) -m venv .venv/tools
	$(INSTALL:.venv/%=.venv/tools/%) requirements-tools.lock
	touch $@
