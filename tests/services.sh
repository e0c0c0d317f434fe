#!/usr/bin/env bash
# Installs and starts what the tests talk to on a Debian machine: a browser, Node, Go, Redis, PostgreSQL, nginx.
set -euo pipefail
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v node >/dev/null || missing+=(nodejs npm)
command -v go >/dev/null || missing+=(golang-go)
[ -d /usr/share/gocode/src/github.com/gorilla/websocket ] || missing+=(golang-github-gorilla-websocket-dev)
fc-list 2>/dev/null | grep -qi cjk || missing+=(fonts-noto-cjk)
command -v redis-server >/dev/null || missing+=(redis-server)
command -v psql >/dev/null && compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing+=(nginx-light)
for name in curl git sqlite3; do command -v "$name" >/dev/null || missing+=("$name"); done
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
fi

# PostgreSQL has to run, with the role that the tests use (tests/support/postgres.py).
pg_isready -q -h 127.0.0.1 || service postgresql start >/dev/null
timeout 30 sh -c 'until pg_isready -q -h 127.0.0.1; do sleep 0.2; done'
as_postgres() { psql -qtA -w -h 127.0.0.1 -U postgres -d postgres -c "$1" 2>/dev/null || runuser -u postgres -- psql -qtA -d postgres -c "$1"; }
[ "$(as_postgres "SELECT 1 FROM pg_roles WHERE rolname = 'ragws_test'")" = 1 ] ||
    as_postgres "CREATE ROLE ragws_test LOGIN CREATEDB PASSWORD 'ragws_test'"

# The clients of the contract suite. The lock file names versions and hashes, no addresses.
npm ci --silent --no-audit --no-fund --prefix "$(dirname "$0")/contract/clients"
