#!/bin/bash
# A newcomer's first minutes: clones the committed HEAD into an empty folder and runs the README's two commands there,
# once with each supported Python that this machine has, or with those named as arguments.
#
# Guarantees: an empty environment and HOME; a PATH without Postgres and Redis; of the caller's settings only pip's cache
# and pip's and the certificates' variables pass. `make up` answers on /api/health within 60 s of the command and leaves
# no process behind after Ctrl-C.
set -euo pipefail

readonly ROOT=$(cd "$(dirname "$0")/.." && pwd)
readonly UP_SECONDS=60
readonly DOWN_SECONDS=15
readonly HIDDEN='^(postgres|initdb|pg_ctl|redis-server|valkey-server|python[0-9.]*|pip[0-9.]*|uv)$'
readonly TOOLS='bash sh env make git curl sed grep tr cat ls rm mkdir touch dirname uname id'
readonly PASSED='^(PIP_[A-Z_]+|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY)='

scratch=$(mktemp -d "${TMPDIR:-/tmp}/sched-fresh-XXXXXX")
chmod 755 "$scratch"
up_group=
trap 'stop_group KILL; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

say() { printf 'fresh: %s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

# The real interpreter behind a name: a launcher that reads .python-version would not work in an empty environment.
interpreter() {
    (cd "$ROOT" && "python$1" -c 'import os, sys; print(os.path.realpath(sys.executable))' 2>/dev/null) || true
}

# A PATH of links to what a machine with make and Python has, and to nothing else.
make_path() {
    local folder=$1 python=$2 tool found
    mkdir -p "$folder"
    for found in /usr/bin/* /bin/*; do
        tool=${found##*/}
        [[ $tool =~ $HIDDEN ]] || [ ! -x "$found" ] || [ -e "$folder/$tool" ] || ln -s "$found" "$folder/$tool"
    done
    for tool in $TOOLS; do
        [ -e "$folder/$tool" ] || ln -s "$(command -v "$tool")" "$folder/$tool"
    done
    # Not a link: Python finds its own library by the place that it was started from.
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$python" >"$folder/python3"
    chmod +x "$folder/python3"
}

passed_variables() { env | grep -E "$PASSED" || true; }

# Runs a command in the clone as a newcomer would; `exec` keeps the process id for signals.
as_newcomer() {
    local variables
    mapfile -t variables < <(passed_variables)
    cd "$clone"
    exec env -i HOME="$home" PATH="$path" LANG=C.UTF-8 PIP_CACHE_DIR="$cache" "${variables[@]}" "$@"
}

group_members() { ps -eo pid=,sid=,stat=,args= | awk -v sid="$1" '$2 == sid && $3 !~ /^Z/'; }

stop_group() {
    [ -z "$up_group" ] || group_members "$up_group" | awk '{print $1}' | xargs -r kill "-$1" 2>/dev/null || true
}

free_port() { "$1" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

wait_for_health() {
    local started=$1 port=$2
    until curl --silent --fail --output /dev/null --max-time 2 "http://127.0.0.1:$port/api/health"; do
        [ $((SECONDS - started)) -lt $UP_SECONDS ] || { cat "$log"; fail "no answer on /api/health within $UP_SECONDS s"; }
        kill -0 "$up_group" 2>/dev/null || { cat "$log"; fail "make up ended"; }
        sleep 0.2
    done
    say "make up answered after $((SECONDS - started)) s"
}

# Ctrl-C reaches every process in the foreground group, make among them.
press_ctrl_c() {
    local started=$SECONDS
    kill -INT -- "-$up_group"
    while [ -n "$(group_members "$up_group")" ]; do
        [ $((SECONDS - started)) -lt $DOWN_SECONDS ] || { group_members "$up_group"; fail "processes of make up are left"; }
        sleep 0.2
    done
    say "Ctrl-C left no process after $((SECONDS - started)) s"
}

try_up() {
    local started=$SECONDS web grpc metrics
    web=$(free_port "$1") grpc=$(free_port "$1") metrics=$(free_port "$1")
    log="$scratch/up-$version.log"
    # A session of its own, so that its processes can be told from all others. `setsid` starts with SIGINT at its default.
    (as_newcomer setsid env --default-signal=INT DASHBOARD_PORT="$web" ENGINE_PORT="$grpc" \
        ENGINE_ADDRESS="localhost:$grpc" SCHED_METRICS_PORT="$metrics" make up) >"$log" 2>&1 </dev/null &
    up_group=$!
    wait_for_health "$started" "$web"
    press_ctrl_c
    up_group=
    [ ! -e "$clone/.venv/.test" ] || fail "make up installed the tests' dependencies"
}

try_version() {
    local python
    version=$1
    python=$(interpreter "$version")
    if [ -z "$python" ]; then
        say "Python $version is not installed here; left out"
        return
    fi
    say "Python $version"
    clone="$scratch/$version/sched" home="$scratch/$version/home" path="$scratch/$version/bin"
    mkdir -p "$home"
    make_path "$path" "$python"
    git clone --quiet --no-local "$ROOT" "$clone"
    try_up "$python"
    (as_newcomer make test) </dev/null || fail "make test failed with Python $version"
    tried=$((tried + 1))
}

tried=0
cache=$(cd "$ROOT" && { .venv/bin/python -m pip cache dir || python3 -m pip cache dir; } 2>/dev/null)
[ $# -gt 0 ] || set -- 3.12 3.13
for supported in "$@"; do
    try_version "$supported"
done
[ "$tried" -gt 0 ] || fail "neither Python 3.12 nor 3.13 is installed here"
say "passed with $tried of the supported Pythons"
