PORT ?= 8000
PYTHON ?= python3
BIN = .venv/bin

# How many tests run at the same time. Those of one file stay together: they share servers.
WORKERS ?= 2
SIDE_BY_SIDE = -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Where the tests find PostgreSQL.
POSTGRES ?= postgres://ragws_test:ragws_test@127.0.0.1:5432/ragws

.PHONY: run test test-postgres chaos check bench clean

run: .venv/runtime
	$(BIN)/python manage.py quickstart --port $(PORT)

# All of them, side by side where they can be; or those that ARGS names.
test: .venv/dev
	$(if $(CI),bash tests/services.sh)
ifeq ($(ARGS),)
	$(BIN)/pytest -q $(SIDE_BY_SIDE) -m "not alone"
	$(BIN)/pytest -q -m alone
else
	$(BIN)/pytest $(ARGS)
endif
	$(if $(CI),$(MAKE) test-postgres)

# Those marked `database`: in `make test` they run on SQLite.
test-postgres: .venv/dev
	DATABASE_URL=$(POSTGRES) $(BIN)/pytest -q $(SIDE_BY_SIDE) -m database

chaos: .venv/dev
	$(BIN)/pytest tests/chaos tests/soak $(ARGS)

check: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	RAGWS_DATA_DIR=$$(mktemp -d) HTTPS=1 ALLOWED_HOSTS=chat.example.org $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: .venv/bench
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf .venv

.venv/runtime: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev: requirements.txt requirements-dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check -r requirements-dev.txt
	touch $@ .venv/runtime

.venv/bench: requirements-bench.txt .venv/dev
	$(BIN)/pip install -q --disable-pip-version-check -r requirements-bench.txt
	touch $@
