"""The pages of docs/reference, written from the code: `python -m docs._reference`; with `--check` compared.

Each page is a function without arguments that returns Markdown. Nothing here knows a setting, a metric, a command or a
call by its name: what is said of them stands beside them in the code.
"""
