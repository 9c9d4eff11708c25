"""Two engine processes to one: bulk, with two workers each time, and clients and workers spread over the engines.

The engines listen on a port each. Once `runengine` takes a number of processes, `benchmarks.ours.stack` starts those.
"""

from benchmarks.bars import OURS
from benchmarks.ours import stack as ours
from benchmarks.servers.durability import settings_in_use
from benchmarks.workloads.workload import WARM_UP, Found, Workload

WORKERS = 2


def two(_system: str, count: int) -> Found:
    """Both, one after the other."""
    one, _ = rate(1, count)
    both, server = rate(2, count)
    return {
        "units": count,
        "per_second": both,
        "per_second_of_one": one,
        "to_one": both / one,
        "server": server,
    }


def rate(engines: int, count: int) -> tuple[float, Found]:
    """Workflows a second, and the server's settings."""
    with ours.running(engines=engines, workers=WORKERS) as stack:
        stack.ask("bulk", count=WARM_UP)
        return count / stack.ask("bulk", count=count)["seconds"], settings_in_use(stack.ground)


TWO_ENGINES = Workload(
    name="two_engines",
    about="two engine processes to one: bulk",
    sizes={OURS: 3_000},
    measure=two,
)
