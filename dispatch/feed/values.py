"""What the feed carries, and its text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson


class Change(NamedTuple):
    """Something of a run has changed. `before` is empty for a new run; equal to `after` where the status stayed."""

    namespace: str
    workflow_id: str
    run_id: str
    before: str
    after: str
    at: float
    """When it was decided, by the clock of decisions: seconds since 1970."""

    @property
    def moved(self) -> bool:
        """The status changed: the run started or ended."""
        return self.before != self.after

    def followed_by(self, later: "Change") -> "Change":
        """Both as one."""
        return later._replace(before=self.before)


@dataclass(frozen=True, slots=True)
class News:
    """One message. `gap`: others may have been lost before it, so that what is shown has to be read anew."""

    changes: Sequence[Change] = ()
    gap: bool = False


GAP = News(gap=True)


def merge(into: dict[str, Change], changes: Iterable[Change]) -> None:
    """Adds changes to those that are known by run."""
    for change in changes:
        known = into.get(change.run_id)
        into[change.run_id] = change if known is None else known.followed_by(change)


def encode(news: News, *, most: int) -> list[str]:
    """Messages of at most so many bytes each."""
    parts = list(_parts(news.changes, most - 20)) or [b""]
    gaps = [news.gap, *[False] * len(parts)]
    return [
        f'{{"gap":{"true" if gap else "false"},"changes":[{part.decode()}]}}'
        for gap, part in zip(gaps, parts, strict=False)
    ]


def _parts(changes: Iterable[Change], most: int) -> Iterator[bytes]:
    part: list[bytes] = []
    size = 0
    for change in changes:
        text = orjson.dumps(tuple(change))
        if part and size + len(text) + 1 > most - 20:
            yield b",".join(part)
            part, size = [], 0
        part.append(text)
        size += len(text) + 1
    if part:
        yield b",".join(part)


def decode(text: str | bytes) -> News:
    """Of a message of any version: what cannot be read is a gap."""
    try:
        found: dict[str, Any] = orjson.loads(text)
        return News(tuple(Change(*each) for each in found["changes"]), bool(found["gap"]))
    except (ValueError, TypeError, KeyError):
        return GAP
