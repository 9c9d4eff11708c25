"""What one turn tells a list."""

from __future__ import annotations

import json

from dispatch.feed.values import Change
from tests.api.caller import Caller
from workflows.api.requests import PAGE_SIZE
from workflows.live.listed import ListView
from workflows.live.tick import ShownRow, Tick
from workflows.store import reader
from workflows.store.reader import Filters


def test_no_more_rows_than_a_page_has_are_told_at_once(api: Caller) -> None:
    """The newest of those that changed, and pass: the page itself, if all of its rows did."""
    for number in range(PAGE_SIZE + 10):
        api.start({"workflowName": "Ship" if number % 6 else "Bill"})
    found = reader.list_executions(Filters(), page_size=100)
    rows = {each.run_id: ShownRow(each) for each in sorted(found, key=lambda each: each.workflow_id)}
    changes = {run: Change("default", run, run, "", "RUNNING", 0.0) for run in rows}
    tick = Tick(changes=changes, rows=rows)
    told = json.loads(ListView(Filters(), payloads=True).change(tick, None) or "")
    assert told == {"workflows": api.get("workflows").json["workflows"], "gone": []}
    told = json.loads(ListView(Filters(workflow_type="Bill"), payloads=True).change(tick, None) or "")
    assert told["workflows"] == api.get("workflows", workflowName="Bill").json["workflows"]
