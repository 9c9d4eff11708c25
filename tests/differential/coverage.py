"""What a script meets: kinds of inputs by their door, refusals, and the situations that stores get wrong."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.differential.answers import Answer, Refusal
from tests.differential.kernel import Kernel
from tests.differential.steps import Batch, Claim, Inline, Script
from tests.laws.moves import KINDS
from workflows.core import inputs as i
from workflows.core.rejection import Code
from workflows.core.transition import Started, Steered

CODES = set(Code) - {Code.ID_BUSY, Code.UNAVAILABLE, Code.DAMAGED}
"""That can come here: those are of other transactions, of a database that is away, of rows that somebody damaged."""
INLINE_KINDS = (i.StartRequested, i.SignalSent, i.CancelRequested, i.TerminateRequested)
INLINE_CODES = (Code.ALREADY_EXISTS, Code.NOT_FOUND, Code.CLOSED)
TWO_STARTS = "two starts of an id in a batch"
SAME_RUN = "two inputs of a run in a batch"
START_REPEATED = "a start repeated, or of an id that is open"
STEERING_REPEATED = "a steering input that changes nothing"
USED_AGAIN = "a workflow id used again"
SIGNAL_NEW = "a signal with the start of a new run"
SIGNAL_OPEN = "a signal with the start of a run that is there"
SIGNAL_INLINE = "a signal with an inline start of a run that is there"
DROPPED = "an inbox entry that came too late"
SECOND_DELIVERY = "a second delivery"
SECOND_ATTEMPT = "a second attempt with the details of the first"
NOT_CLAIMED = "a claim in vain"

EXPECTED = {
    *(f"engine: {kind.__name__}" for kind in KINDS),
    *(f"{door}: {kind.__name__}" for kind in INLINE_KINDS for door in ("inline", "rolled back")),
    *(f"engine: {code}" for code in CODES),
    *(f"inline: {code}" for code in INLINE_CODES),
    *(TWO_STARTS, SAME_RUN, START_REPEATED, STEERING_REPEATED, USED_AGAIN, SIGNAL_NEW, SIGNAL_OPEN),
    *(SIGNAL_INLINE, DROPPED, SECOND_DELIVERY, SECOND_ATTEMPT, NOT_CLAIMED),
}


def met(script: Script) -> Counter[str]:
    """How often each was met."""
    kernel, found = Kernel(), Counter[str]()
    for step in script:
        answers = kernel.play(step)
        match step:
            case Batch(given=given):
                found.update(_of_batch(given, answers))
            case Inline(calls=calls, committed=committed):
                inputs = [call.given for call in calls]
                found.update(_of_doors("inline" if committed else "rolled back", inputs, answers))
            case Claim(keys=keys):
                found.update(_of_claim(len(keys), answers))
    if kernel.dropped:
        found[DROPPED] += 1
    if len(kernel.books) > len(kernel.current):
        found[USED_AGAIN] += 1
    return found


def _of_batch(given: tuple[i.Input, ...], answers: list[Answer]) -> Iterator[str]:
    yield from _of_doors("engine", given, answers)
    starts = Counter(each.workflow_id for each in given if isinstance(each, i.StartRequested))
    runs = Counter(i.run_id_of(each) for each in given if not isinstance(each, i.StartRequested))
    if any(count > 1 for count in starts.values()):
        yield TWO_STARTS
    if any(count > 1 for count in runs.values()):
        yield SAME_RUN


def _of_doors(door: str, given: Sequence[i.Input], answers: list[Answer]) -> Iterator[str]:
    for each, answer in zip(given, answers, strict=False):
        yield f"{door}: {type(each).__name__}"
        match answer:
            case Refusal(code=code):
                yield f"{door}: {code}"
            case Steered(changed=False):
                yield STEERING_REPEATED
            case Started(started=started) if isinstance(each, i.StartRequested):
                if not started:
                    yield START_REPEATED
                if each.signal is not None:
                    there = SIGNAL_OPEN if door == "engine" else SIGNAL_INLINE
                    yield SIGNAL_NEW if started else there


def _of_claim(asked: int, answers: list[Answer]) -> Iterator[str]:
    if len(answers) < asked:
        yield NOT_CLAIMED
    for handout in answers:
        if handout.claimed.delivery > 1:
            yield SECOND_DELIVERY
        if handout.claimed.heartbeat_details and handout.claimed.key.attempt > 1:
            yield SECOND_ATTEMPT
