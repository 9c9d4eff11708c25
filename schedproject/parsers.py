"""What a variable's text may be: one parser for each kind. The message of its ValueError says what is allowed."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

REDIS_SCHEMES = ("redis", "rediss", "unix")
SECRET_KEY_LENGTH_MIN = 32
GRACE_SECONDS_MAX = 3600
MEMORY = ":memory:"
RETENTION_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1)}
RETENTION_DAYS_MAX = 36_500
RATE_LIMIT_MAX = 10_000_000

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ValueError("a port number from 1 to 65535")
    return int(text)


def address(text: str) -> str:
    if text != "localhost":
        try:
            ipaddress.ip_address(text)
        except ValueError:
            raise ValueError("an IP address or localhost") from None
    return text


def host_and_port(text: str) -> str:
    host, colon, number = text.rpartition(":")
    if not (host and colon):
        raise ValueError("host:port")
    try:
        port(number)
    except ValueError as refusal:
        raise ValueError(f"host:port with {refusal}") from None
    return text


def one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(" or ".join(allowed))
        return text.lower()

    return parse


def dsn(text: str) -> str:
    rule = "a Postgres connection string, as postgresql://user:password@host:5432/database"
    try:
        parts = conninfo_to_dict(text)
    except ProgrammingError:
        raise ValueError(rule) from None
    if not parts.get("dbname"):
        raise ValueError(f"{rule}; it must name a database")
    for number in str(parts.get("port") or "").split(","):
        if number:
            port(number)
    return text


def redis_url(text: str) -> str:
    rule = "redis://host:port/number, rediss://… or unix://path"
    try:
        parts = urlsplit(text)
        complete = parts.path if parts.scheme == "unix" else parts.hostname
        _ = parts.port
    except ValueError:
        raise ValueError(rule) from None
    if parts.scheme not in REDIS_SCHEMES or not complete:
        raise ValueError(rule)
    return text


def redis_address(text: str) -> str:
    return f"redis://{host_and_port(text)}/0"


def http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an address that starts with http:// or https://")
    return text


def lock_key(text: str) -> int:
    rule = "a signed 64-bit number, decimal or hexadecimal with 0x"
    try:
        key = int(text, 16) if text.lower().lstrip("+-").startswith("0x") else int(text, 10)
    except ValueError:
        raise ValueError(rule) from None
    if not -(2**63) <= key < 2**63:
        raise ValueError(rule)
    return key


def seconds(text: str) -> timedelta:
    rule = f"a number of seconds from 0 to {GRACE_SECONDS_MAX}"
    try:
        value = float(text)
    except ValueError:
        raise ValueError(rule) from None
    if not 0 <= value <= GRACE_SECONDS_MAX:
        raise ValueError(rule)
    return timedelta(seconds=value)


def retention(text: str) -> timedelta:
    """Whole hours or days: shorter spans would delete under the hands of who waits for a result."""
    number, unit = text[:-1], RETENTION_UNITS.get(text[-1])
    longest = timedelta(days=RETENTION_DAYS_MAX)
    if unit is None or not (number.isascii() and number.isdigit()) or len(number) > 6:
        raise ValueError("a whole number of hours or days, as 12h or 90d")
    if not timedelta(0) < int(number) * unit <= longest:
        raise ValueError(f"from 1h to {RETENTION_DAYS_MAX}d")
    return int(number) * unit


def secret_key(text: str) -> str:
    if len(text) < SECRET_KEY_LENGTH_MIN:
        raise ValueError(f"a random text of at least {SECRET_KEY_LENGTH_MIN} characters")
    return text


def host_names(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names or any(character in name for name in names for character in "*/ "):
        raise ValueError(
            "host names separated by commas, without wildcards (a leading dot stands for subdomains)"
        )
    return names


def rate_limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= RATE_LIMIT_MAX):
        raise ValueError(f"a whole number of requests a minute from 0 (no limit) to {RATE_LIMIT_MAX}")
    return int(text)


def networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("IP addresses and networks separated by commas, as 10.0.0.7 or 10.0.0.0/8") from None


def database_path(text: str) -> str:
    if Path(text).is_dir():
        raise ValueError(f"the path of a file, not of a folder, or {MEMORY}")
    return text


def readable_file(text: str) -> Path:
    path = Path(text)
    try:
        with path.open("rb"):
            return path
    except OSError:
        raise ValueError("the path of a file that can be read") from None
