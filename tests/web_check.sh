#!/bin/bash
# The dashboard's sources: what `make web-check` runs, after `npm ci`. Each step says which command mends what it finds.
#
# Guarantees: nothing of the repository is changed, so that it can be run beside work. The committed bundle is what the
# sources make, byte for byte: who installs the package runs what was reviewed.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly BUNDLE=workflows/dashboard/static/sched/dashboard
readonly TYPES=frontend/src/api/schema.d.ts

scratch=$(mktemp -d "${TMPDIR:-/tmp}/sched-web-XXXXXX")
trap 'rm -rf "$scratch"' EXIT

step() {
    local what=$1 mend=$2
    shift 2
    echo "web-check: $what"
    "$@" || { echo "web-check: failed: $what. $mend" >&2; exit 1; }
}

in_frontend() { (cd frontend && "$@"); }

same_types() {
    tests/web_types.sh "$scratch/schema.d.ts"
    diff -u "$TYPES" "$scratch/schema.d.ts"
}

same_bundle() {
    SCHED_BUNDLE_DIR="$scratch/bundle" in_frontend npm run --silent build -- --logLevel warn
    # Names are told, and not what is in them: a line of a bundle is a page long.
    diff -rq "$BUNDLE" "$scratch/bundle"
}

step "types of the API are those of the server" "\`make web-types\` writes them." same_types
step "types" "Mend what tsc names." in_frontend npm run --silent types
step "lint" "\`npm --prefix frontend run format\` mends what can be mended." in_frontend npm run --silent lint
step "tests" "Mend what vitest names." in_frontend npm test --silent
step "the committed bundle is that of these sources" "\`make web-build\` builds it; commit $BUNDLE." same_bundle
