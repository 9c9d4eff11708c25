"""The curves of the benchmarks, as they are drawn."""

from __future__ import annotations

import pytest

from benchmarks.growth.curve import WIDTH, Curve, drawn, steps_by_part


def test_a_curve_is_drawn_with_multiples_of_its_first_cost() -> None:
    """The longest bar has the full width, the others their share of it."""
    curve = Curve(name="closed", unit="ms", points=((0, 1.0), (1_000, 2.0)))
    first, last = drawn(curve).splitlines()[2:4]
    assert first.split() == ["0", "1.000", "1.00", "×", "█" * (WIDTH // 2)]
    assert last.split() == ["1,000", "2.000", "2.00", "×", "█" * WIDTH]


@pytest.mark.parametrize("points", [(), ((1, -1.0),)])
def test_a_curve_needs_points_and_costs(points: tuple[tuple[int, float], ...]) -> None:
    """None, or one below zero, is refused with the rule."""
    with pytest.raises(ValueError, match=r"^points: .*: must hold costs of 0 or more$"):
        Curve(name="closed", unit="ms", points=points)


def test_steps_are_averaged_by_part_of_the_history() -> None:
    """Ten steps of a second and ten of two, in two parts."""
    marks = [float(second) for second in range(11)] + [10 + 2.0 * step for step in range(1, 11)]
    assert steps_by_part(marks, parts=2) == ((10, 1_000.0), (20, 2_000.0))


def test_a_history_shorter_than_its_parts_is_refused() -> None:
    """With the number of moments."""
    with pytest.raises(ValueError, match=r"^marks: 3 moments: must be more than 10$"):
        steps_by_part([0.0, 1.0, 2.0])
