"""Named placeholders become the server's own: `%(name)s` is `$1`.

psycopg does it, too, but remembers only short statements, and reads ours anew for each batch: a tenth of a save.
"""

import re
from functools import cache
from typing import LiteralString

_NAMED = re.compile(r"%\((\w+)\)s")


@cache
def positional(statement: LiteralString) -> tuple[bytes, tuple[str, ...]]:
    """The statement as the server takes it, and the names of its parameters in their order."""
    names = tuple(dict.fromkeys(_NAMED.findall(statement)))
    places = {name: f"${place}" for place, name in enumerate(names, start=1)}
    text = _NAMED.sub(lambda found: places[found[1]], statement)
    return text.replace("%%", "%").encode(), names
