"""Metrics: what is registered with prometheus_client once an engine's modules are loaded; the worker's table."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase
from sched_sdk.worker.metrics import METRICS as OF_A_WORKER

from docs._reference.markdown import code, sentence, table
from docs._reference.markdown import page as whole

ROOT = Path(__file__).resolve().parents[2]
ALERT = re.compile(r"- alert: (\w+)\n.*?summary: \"?(.*?)\"?\n", re.DOTALL)
DEFINING = ("dispatch.instrumented", "workflows.engine.metrics", "workflows.store.started")
"""To load them is to register what they define."""
FILLED_IN = re.compile(r"\{\{.*?\}\}")


def page() -> str:
    """docs/reference/metrics.md."""
    return whole(
        "Metrics",
        "the metrics' own definitions",
        "What sched tells Prometheus. Where it is read, and who may, is in [Observability](../observability.md). "
        "Counters and histograms are each process's own: sum them. No label carries an id.",
        "## Engine and web",
        "A web process counts the runs that REST or Django code starts in it; all else is the engine's.",
        table(("metric", "type", "labels", "meaning"), of_the_platform()),
        "## Worker",
        table(("metric", "type", "labels", "meaning"), of_a_worker()),
        "## Alerts",
        "Of `docker/prometheus/sched.rules.yml`.",
        table(("alert", "says"), ((code(name), sentence(text)) for name, text in alerts())),
    )


def of_the_platform() -> Iterator[tuple[str, str, str, str]]:
    for module in DEFINING:
        importlib.import_module(module)
    from workflows.engine.gauges import GAUGES

    found = dict(_counted())
    found |= {name: ("gauge", labels, text) for name, (text, labels) in GAUGES.items()}
    for name in sorted(found):
        kind, labels, text = found[name]
        yield code(name), kind, ", ".join(map(code, labels)), sentence(text)


def _counted() -> Iterator[tuple[str, tuple[str, tuple[str, ...], str]]]:
    for collector in list(REGISTRY._collector_to_names):
        if isinstance(collector, MetricWrapperBase):
            metric = next(iter(collector.describe()))
            if metric.name.startswith("sched_"):
                name = metric.name + ("_total" if metric.type == "counter" else "")
                yield name, (metric.type, tuple(collector._labelnames), metric.documentation)


def of_a_worker() -> Iterator[tuple[str, str, str, str]]:
    for name, (text, counts, labels) in OF_A_WORKER.items():
        kind = "counter" if counts else "gauge"
        yield code(f"{name}_total" if counts else name), kind, ", ".join(map(code, labels)), sentence(text)


def alerts() -> list[tuple[str, str]]:
    found = ALERT.findall((ROOT / "docker" / "prometheus" / "sched.rules.yml").read_text())
    return [(name, FILLED_IN.sub("…", text)) for name, text in found]
