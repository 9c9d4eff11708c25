"""The alerts and the dashboard, read by who will read them: Prometheus's own tool."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "docker" / "grafana" / "sched.json"
ALERTS = ROOT / "docker" / "prometheus" / "sched.rules.yml"

pytestmark = pytest.mark.promtool


def dashboard_queries() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


def promtool(*arguments: str) -> None:
    found = shutil.which("promtool")
    assert found is not None, "promtool is missing: apt-get install prometheus"
    said = subprocess.run([found, *arguments], cwd=ALERTS.parent, check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr


def test_the_alerts_and_the_example_are_valid() -> None:
    """Rules, and the configurations that read them."""
    promtool("check", "rules", ALERTS.name)
    promtool("check", "config", "--syntax-only", "prometheus.yml")
    promtool("check", "config", "--syntax-only", "compose.yml")


def test_each_alert_fires_where_it_should_and_none_where_all_is_well() -> None:
    """By the rules' own tests, which name every alert."""
    promtool("test", "rules", "sched.rules.test.yml")
    told = (ALERTS.parent / "sched.rules.test.yml").read_text()
    alerts = [line.split()[-1] for line in ALERTS.read_text().splitlines() if "- alert:" in line]
    assert [alert for alert in alerts if f'alertname="{alert}"' not in told] == []


def test_the_dashboards_queries_are_promql(tmp_path: Path) -> None:
    """As rules they are parsed as a query is."""
    rules = [
        {"record": f"panel:{place}", "expr": query.replace("$__rate_interval", "1m")}
        for place, query in enumerate(dashboard_queries())
    ]
    written = tmp_path / "queries.yml"
    written.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", str(written))
