"""How the demo prints a payload."""

import json


def shown(value: object) -> str:
    """A string without quotes, anything else as JSON text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
