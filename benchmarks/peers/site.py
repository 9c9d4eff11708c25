"""A running peer: one or more processes of its script on a ground of their own, asked together."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.child import Answer
from benchmarks.peers.environments import interpreter
from benchmarks.servers.counts import Counts, counted
from benchmarks.servers.ground import Ground, ground
from benchmarks.servers.process import Child, child

ANSWER_SECONDS = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Processes that share the work of each question."""

    ground: Ground
    children: tuple[Child, ...]

    def ask(self, workload: str, *, count: int) -> Answer:
        """Asks each for its share at once; the slowest decides how long it took."""
        share = count // len(self.children)
        with ThreadPoolExecutor(len(self.children)) as threads:
            answers = list(
                threads.map(lambda one: one.ask(workload, seconds=ANSWER_SECONDS, count=share), self.children)
            )
        taken = [each for answer in answers for each in answer.get("taken", ())]
        return {**answers[0], "seconds": max(answer["seconds"] for answer in answers), "taken": taken}

    @contextmanager
    def counted(self) -> Iterator[Counts]:
        """Counts what happens while the block runs."""
        with counted(self.ground, {"worker": [each.pid for each in self.children]}) as counts:
            yield counts


@contextmanager
def running(peer: str, mode: str = "", processes: int = 1) -> Iterator[Site]:
    """That many processes of `run_<peer>.py`, in that mode, under its own interpreter, while the block runs."""
    command = [str(interpreter(peer)), "-m", f"benchmarks.peers.run_{peer}"]
    with ExitStack() as stack:
        below = stack.enter_context(ground())
        variables = {
            "BENCH_DSN": below.dsn,
            "BENCH_REDIS": below.redis_url,
            "BENCH_MODE": mode,
            "BENCH_OF": str(processes),
        }
        children = tuple(
            stack.enter_context(
                child(f"{peer}{number}", command, variables | {"BENCH_NUMBER": str(number)}, below.folder)
            )
            for number in range(processes)
        )
        yield Site(ground=below, children=children)
