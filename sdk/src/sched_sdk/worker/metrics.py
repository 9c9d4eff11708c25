"""What a worker tells Prometheus, if it is asked to: counts that are kept anyway, looked up when somebody scrapes.

Guarantees: without an address nothing is imported, listened on or counted beside a few whole numbers. No label carries
an id, and there is nothing of payloads; so who reaches the port needs no key. It is on loopback unless told otherwise.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from sched_sdk.settings import SettingError

if TYPE_CHECKING:
    from prometheus_client.core import Metric

VARIABLE = "SCHED_WORKER_METRICS"
METRICS: Mapping[str, tuple[str, bool, tuple[str, ...]]] = {
    "sched_worker_turns": ("Turns of workflows that were begun.", True, ()),
    "sched_worker_cache_hits": ("Turns of runs that were kept in memory, eager ones among them.", True, ()),
    "sched_worker_replays": ("Turns for which the run's turns before had to be repeated.", True, ()),
    "sched_worker_runs_kept": ("Runs that are kept in memory between two turns.", False, ()),
    "sched_worker_tasks": ("Tasks in hand.", False, ("kind", "queue")),
    "sched_worker_slots": ("Tasks that may be in hand at once.", False, ("kind", "queue")),
}
"""By name (of a counter, without its `_total`): what it is, whether it is a counter, its labels."""


class Sample(NamedTuple):
    """One number. `labels` are the values, in the order of the names in `METRICS`."""

    name: str
    labels: tuple[str, ...]
    value: float


Samples = Callable[[], Iterable[Sample]]


class _Collector:
    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def collect(self) -> "Iterator[Metric]":
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for name, (told, counts, labels) in METRICS.items():
            families[name] = (CounterMetricFamily if counts else GaugeMetricFamily)(name, told, labels=labels)
        for sample in self._samples():
            families[sample.name].add_metric(sample.labels, sample.value)
        yield from families.values()


@contextmanager
def exposed(address: tuple[str, int] | None, samples: Samples) -> Iterator[int | None]:
    """Serves the metrics while the block runs; with the port, None where there is no address.

    Raises:
        SettingError: prometheus_client is not installed, or the port cannot be had.
    """
    if address is None:
        yield None
        return
    host, port = address
    try:
        from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
    except ImportError as error:
        needed = "it needs prometheus_client; pip install 'sched-sdk[metrics]'"
        raise SettingError(VARIABLE, f"{host}:{port}", needed) from error
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Collector(samples))
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise SettingError(
            VARIABLE, f"{host}:{port}", f"it cannot be listened on ({error.strerror})"
        ) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
