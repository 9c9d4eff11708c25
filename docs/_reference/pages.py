"""Which pages there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from docs._reference import cli, commands, grpc_calls, metrics, rest, sdk, variables

PAGES: Mapping[str, Callable[[], str]] = {
    "settings": variables.page,
    "metrics": metrics.page,
    "commands": commands.page,
    "cli": cli.page,
    "rest": rest.page,
    "grpc": grpc_calls.page,
    "sdk": sdk.page,
}
