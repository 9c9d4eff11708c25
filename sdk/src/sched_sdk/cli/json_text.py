"""JSON documents with payloads in them, byte for byte: to parse and write them anew would change their numbers."""

import json
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spliced:
    """JSON text that is written as it is."""

    text: str


def dumps(value: object) -> str:
    """A document on one line. Between the tokens of a payload a line break is a space."""
    match value:
        case Spliced():
            return value.text.replace("\r", " ").replace("\n", " ")
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{dumps(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(dumps, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def in_ascii(text: str) -> str:
    """The same document in ASCII: what is beyond it stands within strings, where JSON has escapes."""
    return re.sub(r"[^\x00-\x7f]", lambda match: json.dumps(match[0])[1:-1], text)
