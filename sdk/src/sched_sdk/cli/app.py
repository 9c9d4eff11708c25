"""The application: what all commands share, and which there are."""

from typing import Annotated

import typer

import sched_sdk
from sched_sdk.cli import reading, serving, starting, steering
from sched_sdk.cli.options import Json
from sched_sdk.cli.session import DEFAULT_TIMEOUT, Given

EPILOG = (
    "Credentials: SCHED_API_KEY, SCHED_TLS_CA, SCHED_TLS_CERT, SCHED_TLS_KEY. Exit status: 0 done, 1 refused, "
    "2 wrong usage, 3 the engine cannot be reached, 4 the workflow ended otherwise than COMPLETED, "
    "5 it is still running when the wait is over."
)

app = typer.Typer(
    name="schedctl",
    help="Start, show and steer workflows of sched.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(starting.start)
app.command("list")(reading.list_)
app.command()(reading.describe)
app.command()(reading.history)
app.command()(reading.result)
app.command()(steering.signal)
app.command()(steering.cancel)
app.command()(steering.terminate)
app.command()(steering.retry)
app.command()(serving.queues)
app.command()(serving.workers)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"schedctl {sched_sdk.__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    address: Annotated[
        str | None,
        typer.Option(
            help="The engine's, host:port; unless given ENGINE_ADDRESS, else localhost:50051.",
            show_default=False,
        ),
    ] = None,
    api_key_file: Annotated[
        str | None,
        typer.Option(help="A file that holds the API key, in place of SCHED_API_KEY.", show_default=False),
    ] = None,
    timeout: Annotated[
        str, typer.Option(help="How long the engine may take, and a call is repeated while it is away.")
    ] = DEFAULT_TIMEOUT,
    json: Json = False,
    version: Annotated[  # noqa: ARG001 - its callback has ended the program
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """The options that stand before the command."""
    context.obj = Given(address=address, api_key_file=api_key_file, timeout=timeout, as_json=json)
