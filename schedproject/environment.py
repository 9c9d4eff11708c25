"""Configuration: every environment variable of the platform, parsed and checked once, at start.

Guarantees: `read` returns values that are valid alone and together, or raises `BadVariable` with one sentence that
names the variable, the value and what is allowed. Values that may hold a credential are never echoed. An empty variable
is an unset one.

Does not: read the worker's variables (`TASK_QUEUE` and the like); those belong to the SDK.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path

from schedproject.lifelines import with_lifelines
from schedproject.parsers import (
    Network,
    address,
    database_path,
    dsn,
    host_and_port,
    host_names,
    http_url,
    lock_key,
    networks,
    one_of,
    port,
    rate_limit,
    readable_file,
    redis_address,
    redis_url,
    retention,
    seconds,
    secret_key,
)
from workflows.management.processes.process_count import process_count

DEFAULT_LOCK_KEY = 0x53636845644C6431
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("text", "json")
AUTH_MODES = ("required", "open")
SHOWN_LENGTH_MAX = 60
RATE_LIMIT = 6_000
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")

PREFIX, TESTS_PREFIX = "SCHED_", "SCHED_TEST_"
WORKERS_NAMES = frozenset(
    {
        "SCHED_API_KEY", "SCHED_WORKER_STREAMING", "SCHED_WORKFLOW_SLOTS", "SCHED_ACTIVITY_SLOTS",
        "SCHED_WORKER_METRICS",
    }
)  # fmt: skip
"""Read by the SDK alone."""


class BadVariable(ValueError):
    """A variable, or a combination of variables, that sched does not accept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the variables say; `None` is "unset". Its `repr`, which Django's error pages show, holds no credential."""

    engine_port: int
    """engine: the port of gRPC."""
    engine_address: str
    """worker, web, cli: where the engine is."""
    engine_processes: int
    """engine: processes on the one gRPC port; `runengine --processes N` overrides it."""
    metrics_port: int
    """engine: `/metrics`, `/healthz`, `/livez` and `/readyz`; of several processes the first has this port,
    the next the next."""
    dashboard_port: int
    """web: the port of HTTP."""
    bind: str
    """engine, web: the address to listen on. Beyond loopback the engine demands a certificate, and web host
    names."""
    auth: str
    """engine, web: `open` asks for no credentials, and is accepted on loopback only; `make up` and tests set
    it."""
    postgres_dsn: str | None = field(repr=False)
    """engine, web: the database. Unset: the embedded SQLite file. A Django project's `DATABASES` stands in
    its place."""
    postgres_variable: str = "SCHED_POSTGRES_DSN"
    postgres_direct_dsn: str | None = field(repr=False)
    """engine: a direct connection, where the other DSN leads to a pooler."""
    redis_url: str | None = field(repr=False)
    """engine, web: Redis or Valkey, which many engines need. Unset: dispatch inside the process."""
    database_path: str
    """engine, web: the embedded database, where there is no Postgres; `:memory:` for ephemeral use."""
    database_variable: str = "SCHED_DATABASE_PATH"
    leader_lock_key: int
    """engine: the key of the advisory lock by which engines elect who sweeps."""
    log_level: str
    """all: the least level that is written."""
    log_format: str
    """all: `text` for people, `json` for machines: one object a line."""
    otlp_endpoint: str | None
    """all: a collector that speaks OTLP over gRPC. Unset: no traces."""
    otel_service_name: str | None
    """all: what the process is called in traces. Unset: `sched-engine`, `sched-web`, `sched-worker`, by
    process."""
    shutdown_grace: timedelta
    """engine, web, worker: seconds after SIGTERM in which what runs may finish."""
    retention: timedelta | None
    """engine: how long closed executions are kept, in whole hours or days, as `12h` or `90d`. Unset: for good."""
    secret_key: str | None = field(repr=False)
    """engine, web: seals the tokens of tasks, and is Django's key. Unset: made once, kept beside the embedded
    database. Engines of one database share it."""
    allowed_hosts: tuple[str, ...]
    """web: host names by which it may be called. Unset: those of loopback."""
    tls_ca: Path | None
    """engine, worker, cli: the PEM file of the authority to trust; an engine that has one hears only callers
    with a certificate of it."""
    tls_cert: Path | None
    """engine, worker, cli: the PEM file of the certificate to show."""
    tls_key: Path | None
    """engine, worker, cli: the PEM file of its key."""
    rate_limit: int
    """web: requests that a caller has in a minute, 0 for no limit. Each process counts its own; nothing is
    counted while access is open."""
    trusted_proxies: tuple[Network, ...]
    """web: whose `X-Forwarded-For` is believed. Unset: nobody's."""
    unknown: tuple[str, ...] = ()
    """Variables that look like sched's and are none: misspelt, as a rule. Each with the one that may be meant."""

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach what listens on `bind`."""
        return self.bind == "localhost" or ipaddress.ip_address(self.bind).is_loopback

    @property
    def engine_dsn(self) -> str | None:
        """Of the sessions that the engine holds for good: direct, and such that a silent server is noticed."""
        dsn = self.postgres_direct_dsn or self.postgres_dsn
        return with_lifelines(dsn) if dsn else None

    @property
    def open_access(self) -> bool:
        """Whether callers need neither an API key nor a session."""
        return self.auth == "open"


def read(variables: Mapping[str, str]) -> Environment:
    """Parses and checks `variables` (normally `os.environ`).

    Raises:
        BadVariable: the first value or combination that is refused.
    """
    source = Source(variables)
    environment = Environment(
        engine_port=source.get("ENGINE_PORT", port, 50051),
        engine_address=source.get("ENGINE_ADDRESS", host_and_port, "localhost:50051"),
        engine_processes=source.get("SCHED_ENGINE_PROCESSES", process_count, 1),
        metrics_port=source.get("SCHED_METRICS_PORT", port, 9090),
        dashboard_port=source.get("DASHBOARD_PORT", port, 8080),
        bind=source.get("SCHED_BIND", address, "127.0.0.1"),
        auth=source.get("SCHED_AUTH", one_of(AUTH_MODES), "required"),
        postgres_dsn=source.secret("SCHED_POSTGRES_DSN", dsn) or source.secret("POSTGRES_DSN", dsn),
        postgres_variable=source.first_set("SCHED_POSTGRES_DSN", "POSTGRES_DSN"),
        postgres_direct_dsn=source.secret("SCHED_POSTGRES_DIRECT_DSN", dsn),
        redis_url=source.secret("SCHED_REDIS_URL", redis_url) or source.optional("REDIS_ADDR", redis_address),
        database_path=source.get("SCHED_DATABASE_PATH", database_path, "var/sched.sqlite3"),
        leader_lock_key=source.get("SCHED_LEADER_LOCK_KEY", lock_key, DEFAULT_LOCK_KEY),
        log_level=source.get("SCHED_LOG_LEVEL", one_of(LOG_LEVELS), "info"),
        log_format=source.get("SCHED_LOG_FORMAT", one_of(LOG_FORMATS), "text"),
        otlp_endpoint=source.optional("SCHED_OTLP_ENDPOINT", http_url),
        otel_service_name=source.optional("SCHED_OTEL_SERVICE_NAME", str),
        shutdown_grace=source.get("SCHED_SHUTDOWN_GRACE_SECONDS", seconds, timedelta(seconds=8)),
        retention=source.optional("SCHED_RETENTION", retention),
        secret_key=source.secret("SCHED_SECRET_KEY", secret_key),
        allowed_hosts=source.get("SCHED_ALLOWED_HOSTS", host_names, ()),
        tls_ca=source.optional("SCHED_TLS_CA", readable_file),
        tls_cert=source.optional("SCHED_TLS_CERT", readable_file),
        tls_key=source.optional("SCHED_TLS_KEY", readable_file),
        rate_limit=source.get("SCHED_RATE_LIMIT", rate_limit, RATE_LIMIT),
        trusted_proxies=source.get("SCHED_TRUSTED_PROXIES", networks, ()),
    )
    check_combinations(environment)
    return replace(environment, unknown=source.unknown())


def check_combinations(environment: Environment) -> None:
    """Refuses values that are valid alone and not together."""
    if environment.redis_url and not environment.postgres_dsn:
        raise BadVariable(
            "SCHED_REDIS_URL is set and SCHED_POSTGRES_DSN is not: Redis serves several processes, and the embedded "
            "SQLite database serves one; set SCHED_POSTGRES_DSN too, or unset SCHED_REDIS_URL."
        )
    if environment.postgres_direct_dsn and not environment.postgres_dsn:
        raise BadVariable(
            "SCHED_POSTGRES_DIRECT_DSN is set and SCHED_POSTGRES_DSN is not; set both, or neither."
        )
    if environment.open_access and not environment.on_loopback:
        raise BadVariable(
            f"SCHED_AUTH is 'open' and SCHED_BIND is {shown(environment.bind)}; open access is allowed on loopback "
            "addresses only, as 127.0.0.1; set SCHED_AUTH to 'required'."
        )
    if (environment.tls_cert is None) != (environment.tls_key is None):
        raise BadVariable("SCHED_TLS_CERT and SCHED_TLS_KEY belong together; set both, or neither.")


def check_ports(**ports: int) -> None:
    """Refuses ports of one process that are the same; by variable, those that it listens on."""
    names: dict[int, str] = {}
    for name, number in ports.items():
        if number in names:
            raise BadVariable(f"{names[number]} and {name} are both {number}; they must differ.")
        names[number] = name


def check_web(environment: Environment) -> None:
    """Refuses what the web process cannot be served with beyond this machine."""
    if environment.on_loopback:
        return
    for name, value in (
        ("SCHED_SECRET_KEY", environment.secret_key),
        ("SCHED_ALLOWED_HOSTS", environment.allowed_hosts),
    ):
        if not value:
            raise BadVariable(
                f"{name} is not set and SCHED_BIND is {shown(environment.bind)}; it must be set wherever SCHED_BIND "
                "is not a loopback address."
            )


def check_engine(environment: Environment) -> None:
    """Refuses to serve gRPC beyond this machine in clear text, or with a key that no other engine has."""
    check_transport(environment)
    if not environment.on_loopback:
        _demand("SCHED_SECRET_KEY", environment.secret_key, environment)


def check_transport(environment: Environment) -> None:
    """Refuses to serve gRPC beyond this machine in clear text: callers show their API keys there (docs/adr/0004)."""
    if not environment.on_loopback:
        _demand("SCHED_TLS_CERT", environment.tls_cert, environment)
        _demand("SCHED_TLS_KEY", environment.tls_key, environment)


def _demand(name: str, value: object, environment: Environment) -> None:
    if not value:
        raise BadVariable(
            f"{name} is not set and SCHED_BIND is {shown(environment.bind)}; beyond loopback API keys travel "
            "through TLS only, so it must be set."
        )


class Source:
    """Reads one variable at a time and puts its name into the refusal."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._names: set[str] = set()

    def get[T](self, name: str, parse: Callable[[str], T], default: T) -> T:
        """The parsed value, or `default` when the variable is unset or empty."""
        value = self.optional(name, parse)
        return default if value is None else value

    def optional[T](self, name: str, parse: Callable[[str], T]) -> T | None:
        self._names.add(name)
        text = self._variables.get(name, "").strip()
        return self._parsed(name, parse, text, shown(text)) if text else None

    def secret[T](self, name: str, parse: Callable[[str], T]) -> T | None:
        """As `optional`, for a value that may hold a credential and is not echoed."""
        self._names.add(name)
        text = self._variables.get(name, "").strip()
        return self._parsed(name, parse, text, "a value that is not shown here") if text else None

    def first_set(self, name: str, alias: str) -> str:
        """Which of two names a value came from; the main one when neither is set."""
        return alias if not self._variables.get(name, "").strip() and self._variables.get(alias) else name

    def unknown(self) -> tuple[str, ...]:
        """Of the prefix that is ours, what was neither read here nor is read by workers and tests."""
        known = self._names | WORKERS_NAMES
        own = (
            name for name in self._variables if name.startswith(PREFIX) and not name.startswith(TESTS_PREFIX)
        )
        return tuple(_hinted(name, known) for name in sorted(own) if name not in known)

    def _parsed[T](self, name: str, parse: Callable[[str], T], text: str, echo: str) -> T:
        try:
            return parse(text)
        except ValueError as refusal:
            raise BadVariable(f"{name} is {echo}; allowed is {refusal}.") from None


def _hinted(name: str, known: Iterable[str]) -> str:
    """With the name that may have been meant."""
    ours = sorted(each.removeprefix(PREFIX) for each in known if each.startswith(PREFIX))
    near = get_close_matches(name.removeprefix(PREFIX), ours, n=1)
    return f"{name} (is it {PREFIX}{near[0]}?)" if near else name


def shown(text: str) -> str:
    """A value as a refusal quotes it: at most 60 characters."""
    return repr(text if len(text) <= SHOWN_LENGTH_MAX else text[: SHOWN_LENGTH_MAX - 1] + "…")
