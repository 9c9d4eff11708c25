"""The heap of armed timers."""

from __future__ import annotations

import asyncio
import threading
import uuid
from datetime import timedelta

import pytest

from timers.clock import FakeClock, SystemClock
from timers.due import BATCH_MAX, LATE_MAX, Armed, DueTimers
from workflows.core.keys import TimerKey, TimerKind

SECOND = timedelta(seconds=1)
LONG = 5.0


def key(number: int) -> TimerKey:
    return TimerKey(str(uuid.UUID(int=1)), TimerKind.USER, number)


def test_what_is_due_fires_in_order_and_once() -> None:
    """A timer that is armed twice fires once; what is not yet due stays."""
    clock, fired = FakeClock(), list[Armed]()
    due = DueTimers(clock, fired.extend)
    timers = [Armed(clock.now() + offset * SECOND, key(offset), 0) for offset in (3, 1, 2)]
    due.arm(timers)
    due.arm(timers)
    assert due.fire_due() == 0
    clock.advance(2)
    assert due.fire_due() == 2
    assert [timer.key.number for timer in fired] == [1, 2]
    assert len(due) == 1


def test_another_stamp_is_another_timer() -> None:
    """A retry of a later attempt is not taken for the one before."""
    clock, fired = FakeClock(), list[Armed]()
    due = DueTimers(clock, fired.extend)
    due.arm([Armed(clock.now(), key(1), stamp) for stamp in (1, 2)])
    due.fire_due()
    assert [timer.stamp for timer in fired] == [1, 2]


def test_many_that_are_due_together_come_in_batches() -> None:
    """No batch is larger than its bound, and none is left."""
    clock, batches = FakeClock(), list[int]()
    due = DueTimers(clock, lambda batch: batches.append(len(batch)))
    due.arm([Armed(clock.now(), key(number), 0) for number in range(BATCH_MAX + 10)])
    due.fire_due()
    assert batches == [BATCH_MAX, 10]


def test_what_is_far_off_or_too_much_is_left_to_the_sweep() -> None:
    """Past its horizon or its capacity nothing is held; what did not fit is counted."""
    clock = FakeClock()
    due = DueTimers(clock, lambda _: None, capacity=2)
    due.arm([Armed(clock.now() + 3600 * SECOND, key(1), 0)])
    assert (len(due), due.overflowed) == (0, 0)
    due.arm([Armed(clock.now() + SECOND, key(number), 0) for number in range(5)])
    assert (len(due), due.overflowed) == (2, 3)


def test_what_is_late_gives_way_to_what_falls_due_on_time() -> None:
    """Half of what is fired at a time, as far as there is that much of both; each kind in its order."""
    clock, fired = FakeClock(), list[Armed]()
    room = [10]
    due = DueTimers(clock, fired.extend, room=lambda: room[0] - len(fired))
    due.arm(Armed(clock.now() - 60 * SECOND, key(number), 0) for number in range(100))
    due.arm(Armed(clock.now(), key(number), 0) for number in range(1_000, 1_020))

    assert due.fire_due() == 10

    assert [timer.key.number for timer in fired] == [*range(1_000, 1_005), *range(5)]
    room[0] = 60
    due.fire_due()
    assert {timer.key.number for timer in fired} >= set(range(1_000, 1_020))
    room[0] = 1_000
    due.fire_due()
    assert (len(fired), len(due)) == (120, 0)


def test_late_ones_leave_room_for_those_on_time() -> None:
    """Where no more late ones may be fired, all the room is for the others, and late ones wait for theirs."""
    clock, on_time, late = FakeClock(), list[Armed](), list[Armed]()
    late_room = [3]
    due = DueTimers(
        clock,
        on_time.extend,
        on_late=late.extend,
        room=lambda: 100,
        late_room=lambda: late_room[0] - len(late),
    )
    due.arm(Armed(clock.now() - 60 * SECOND, key(number), 0) for number in range(50))
    due.arm(Armed(clock.now(), key(number), 0) for number in range(1_000, 1_080))

    assert due.fire_due() == 83

    assert [timer.key.number for timer in on_time] == [*range(1_000, 1_080)]
    assert [timer.key.number for timer in late] == [*range(3)]
    late_room[0] = 50
    assert (due.fire_due(), len(due)) == (47, 0)


def test_what_has_waited_since_it_fell_due_is_not_late() -> None:
    """Late is what was overdue when it was found. Many that fall due together wait for room, and not apart."""
    clock, on_time, late = FakeClock(), list[Armed](), list[Armed]()
    due = DueTimers(clock, on_time.extend, on_late=late.extend)
    due.arm(Armed(clock.now() + SECOND, key(number), 0) for number in range(10))
    clock.advance(60 * SECOND)
    assert (due.fire_due(), len(on_time), late) == (10, 10, [])


def test_of_very_many_late_ones_some_are_kept_and_the_rest_is_asked_for() -> None:
    """What falls due on time has room all the same; at half of the late ones the sweep is called."""
    clock, fired, low = FakeClock(), list[Armed](), list[int]()
    due = DueTimers(
        clock, fired.extend, room=lambda: LATE_MAX // 2 - len(fired), on_low=lambda: low.append(1)
    )
    due.arm(Armed(clock.now() - 60 * SECOND, key(number), 0) for number in range(LATE_MAX + 5))
    assert (len(due), due.has_room_for_late, due.overflowed) == (LATE_MAX, False, 0)
    due.arm([Armed(clock.now() + SECOND, key(LATE_MAX + 10), 0)])
    assert len(due) == LATE_MAX + 1
    assert low == []

    due.fire_due()

    assert low == [1]


async def test_where_there_is_no_room_nothing_fires_until_there_is() -> None:
    """No wake-up is lost, and none is spent on asking."""
    clock = SystemClock()
    fired: asyncio.Queue[Armed] = asyncio.Queue()
    room = [0]

    def fire(batch: list[Armed]) -> None:
        room[0] -= len(batch)
        for timer in batch:
            fired.put_nowait(timer)

    due = DueTimers(clock, fire, room=lambda: room[0])
    due.start()
    due.arm([Armed(clock.now() - offset * SECOND, key(offset), 0) for offset in (0, 60)])
    await asyncio.sleep(0)
    assert fired.empty()
    for expected in (key(0), key(60)):
        room[0] = 1
        due.resume()
        assert (await fired.get()).key == expected
    due.close()


async def test_a_thread_arms_an_earlier_one() -> None:
    """The wake-up moves forward; one armed before the start counts too."""
    clock = SystemClock()
    fired: asyncio.Queue[Armed] = asyncio.Queue()

    def fire(batch: list[Armed]) -> None:
        for timer in batch:
            fired.put_nowait(timer)

    due = DueTimers(clock, fire)
    due.arm([Armed(clock.now() - SECOND, key(1), 0), Armed(clock.now() + 60 * SECOND, key(2), 0)])
    due.start()
    async with asyncio.timeout(LONG):
        assert (await fired.get()).key == key(1)
        threading.Thread(target=due.arm, args=([Armed(clock.now() + 0.02 * SECOND, key(3), 0)],)).start()
        assert (await fired.get()).key == key(3)
    due.close()
    assert len(due) == 1


@pytest.mark.timing
async def test_timers_fire_within_milliseconds_and_never_early() -> None:
    """On the real clock; half of them within five."""
    clock = SystemClock()
    late: list[float] = []
    done = asyncio.Event()

    def fire(batch: list[Armed]) -> None:
        late.extend((clock.now() - timer.due_at).total_seconds() for timer in batch)
        if len(late) == 20:
            done.set()

    due = DueTimers(clock, fire)
    due.start()
    due.arm([Armed(clock.now() + number * 0.01 * SECOND, key(number), 0) for number in range(1, 21)])
    async with asyncio.timeout(LONG):
        await done.wait()
    due.close()
    assert min(late) >= 0
    assert sorted(late)[10] < 0.005
