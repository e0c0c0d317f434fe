#!/usr/bin/env bash
# Installs and starts what the tests talk to on a Debian machine: a browser, Node, Go, Redis, PostgreSQL.
set -euo pipefail
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v node >/dev/null || missing+=(nodejs npm)
command -v go >/dev/null || missing+=(golang-go)
[ -d /usr/share/gocode/src/github.com/gorilla/websocket ] || missing+=(golang-github-gorilla-websocket-dev)
fc-list 2>/dev/null | grep -qi cjk || missing+=(fonts-noto-cjk)
command -v redis-server >/dev/null || missing+=(redis-server)
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
fi

# The clients of the contract suite. The lock file names versions and hashes, no addresses.
npm ci --silent --no-audit --no-fund --prefix "$(dirname "$0")/contract/clients"
