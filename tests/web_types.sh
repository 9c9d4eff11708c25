#!/bin/bash
# Writes the types of the REST API for the dashboard's sources to the file that is named: what the server answers, without
# a server. The OpenAPI document between is nobody's source, and is kept nowhere.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly TARGET=$(realpath "$1")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sched-types-XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# Variables of the developer's shell do not reach it: the same types come out everywhere.
env -i PATH="$PATH" SCHED_AUTH=open SCHED_DATABASE_PATH=:memory: DJANGO_SETTINGS_MODULE=schedproject.settings.web \
    .venv/bin/python manage.py spectacular --format openapi-json --file "$scratch/openapi.json" --fail-on-warn
# A member of a request that has a default may be left out all the same.
cd frontend
npx --no-install openapi-typescript "$scratch/openapi.json" --output "$TARGET" --default-non-nullable=false >/dev/null
