"""What one turn of the board has found: changes, and the headers of the changed runs, each shaped once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from dispatch.feed.values import Change
from workflows.api.shapes import Shapes
from workflows.store import reader


@dataclass(slots=True, eq=False)
class ShownRow:
    """An execution, and its document for who may see payloads and for who may not."""

    execution: reader.Execution
    _documents: dict[bool, orjson.Fragment] = field(default_factory=dict)

    def document(self, *, payloads: bool) -> orjson.Fragment:
        """An element of the list of executions."""
        found = self._documents.get(payloads)
        if found is None:
            text = orjson.dumps(Shapes(payloads=payloads).execution(self.execution))
            found = self._documents[payloads] = orjson.Fragment(text)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Both by run id."""

    changes: Mapping[str, Change]
    rows: Mapping[str, ShownRow]


NOTHING = Tick(changes={}, rows={})


def text_of(document: object) -> str:
    """JSON."""
    return orjson.dumps(document).decode()
