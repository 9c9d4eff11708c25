"""Arguments and options that several commands have."""

from typing import Annotated

import typer

WorkflowId = Annotated[str, typer.Argument(metavar="ID", help="The workflow's id.", show_default=False)]
RunId = Annotated[
    str, typer.Option("--run-id", help="One run of it; unless given the last one.", show_default=False)
]
RequestId = Annotated[
    str | None,
    typer.Option("--request-id", help="The same request twice has one effect.", show_default=False),
]
Reason = Annotated[str, typer.Option("--reason", help="Kept in the history.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="For programs: JSON, payloads as they are stored.")]
