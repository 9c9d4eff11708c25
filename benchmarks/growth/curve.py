"""A curve for people: the points as a table, with a bar for each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 40
"""Characters of the longest bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How a cost grows.

    Attributes:
        name: What grows.
        unit: Of the cost.
        points: What there was of it, and the cost then.
    """

    name: str
    unit: str
    points: tuple[tuple[int, float], ...]

    def __post_init__(self) -> None:
        if not self.points or any(cost < 0 for _, cost in self.points):
            raise ValueError(f"points: {self.points}: must hold costs of 0 or more")


def drawn(curve: Curve) -> str:
    """A block of Markdown; each line has the size, the cost, and its multiple of the first cost."""
    most = max(cost for _, cost in curve.points) or 1.0
    lines = [_line(size, cost, curve.points[0][1], most) for size, cost in curve.points]
    return "\n".join(["```", f"{curve.name}: {curve.unit}", *lines, "```"])


def _line(size: int, cost: float, first: float, most: float) -> str:
    bar = "█" * max(round(WIDTH * cost / most), 1)
    times = f"{cost / first:.2f} ×" if first else ""
    return f"{size:>10,} {cost:9.3f} {times:>8}  {bar}"


def steps_by_part(marks: Sequence[float], parts: int = 10) -> tuple[tuple[int, float], ...]:
    """Milliseconds of a step in each part of a history, by the number of steps at its end.

    Args:
        marks: Seconds at which steps ran, in order.
        parts: Of equal length.

    Raises:
        ValueError: Fewer steps than parts.
    """
    size = (len(marks) - 1) // parts
    if size < 1:
        raise ValueError(f"marks: {len(marks)} moments: must be more than {parts}")
    ends = [size * number for number in range(1, parts + 1)]
    return tuple((end, (marks[end] - marks[end - size]) * 1000 / size) for end in ends)
