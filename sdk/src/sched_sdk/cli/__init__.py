"""`schedctl`: starts, shows and steers workflows from a shell. See docs/cli.md.

Guarantees: what it is told wrongly is refused before anything is sent; the exit status says how it went (`exits`); with
--json payloads are spliced in as they are stored. Nothing else of the SDK imports this package, nor typer and rich,
which it stands on: a worker shall not pay for them.
"""
