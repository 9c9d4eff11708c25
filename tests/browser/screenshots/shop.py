"""A site with something to show on every page: executions of all statuses, some stuck, acts and bulk operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.browser.site import Site
from tests.e2e.harness.processes import Process
from tests.e2e.harness.waiting import wait_for

SHOP, NOBODYS = "shop", "archive-eu-west-1"
FAILING: Final = "settle-account-4711"
FAILED: Final = "import-catalogue-of-the-northern-warehouse-2026-03-01T04:00:00.000Z-full-with-prices"
COMPLETED: Final = "ship-order-10007"
AWAITING: Final = "watch-parcel-JJD0003-9941-22"
SHIPPED, GREETED, UNSERVED = 90, 70, 12

# What has ended is moved into the past, so that lists and charts look as after a day of work. Durations are those of
# work; the histories keep their own times.
_AGED: Final = f"""
import datetime as dt, random
from workflows.models import Execution
chance = random.Random(7)
shown = {(FAILED, COMPLETED)!r}
ended = Execution.objects.exclude(closed_at=None).exclude(workflow_id__in=shown).order_by("workflow_id", "run_id")
for run in ended:
    ago = dt.timedelta(minutes=chance.choice([chance.uniform(1, 59), chance.uniform(1, 59), chance.uniform(60, 1400)]))
    took = dt.timedelta(seconds=chance.lognormvariate(1, 1.2))
    began, ended_at = run.started_at - ago, run.started_at - ago + took
    Execution.objects.filter(run_id=run.run_id).update(started_at=began, closed_at=ended_at, last_event_at=ended_at)
"""


@contextmanager
def open_shop(folder: Path) -> Iterator[Site]:
    """As `make up` starts it, with a worker of the shop beside the demo's."""
    site = Site(folder)
    workers: list[Process] = []
    try:
        site.wait()
        workers.append(Process("shop", ["-m", "tests.browser.screenshots.worker"], _worker(site), folder))
        _fill(site)
        yield site
    finally:
        for worker in workers:
            worker.stop()
        site.stop()


def _worker(site: Site) -> dict[str, str]:
    return {
        "ENGINE_ADDRESS": f"127.0.0.1:{site.variables['ENGINE_PORT']}",
        "TASK_QUEUE": SHOP,
        "SCHED_WORKER_STREAMING": "true",
        "SCHED_WORKFLOW_SLOTS": "16",
        "SCHED_ACTIVITY_SLOTS": "8",
    }


def _fill(site: Site) -> None:
    for number in range(SHIPPED):
        order = {
            "id": 10_000 + number,
            "customer": "Ada Lovelace",
            "items": [{"sku": "SKU-00017", "count": 2}],
        }
        _start(site, "ShipOrder", f"ship-order-{10_000 + number}", order, taskQueue=SHOP)
    for number in range(GREETED):
        _start(site, "HelloWorld", f"hello-{number}", f"customer {number}")
    for number in range(UNSERVED):
        _start(site, "ArchiveDocuments", f"archive-{number}", {"year": 2016 + number}, taskQueue=NOBODYS)
    for number in range(6):
        _start(site, "ApprovalGate", f"approve-refund-{number}", {"amount": 12.50}, executionTimeoutSeconds=2)
        _start(site, "ImportCatalogue", f"import-{number}", "s3://feeds/south.xml", taskQueue=SHOP)
    _start(site, "ImportCatalogue", FAILED, "s3://feeds/north.xml", taskQueue=SHOP)
    for number in range(4_711, 4_714):
        _start(site, "SettleAccount", f"settle-account-{number}", {"account": number}, taskQueue=SHOP)
    for number in range(8):
        _start(site, "OrderSaga", f"saga-{number}", {"fail": "ship"} if number % 2 else {"id": number})
        _start(site, "ApprovalGate", f"approve-{number}", {"amount": 120.10 + number})
    _start(site, "WatchParcel", AWAITING, "JJD0003-9941-22", taskQueue=SHOP, memo={"by": "counter 4"})
    _steer(site)
    wait_for(lambda: _counts(site)["RUNNING"] <= _EXPECTED_RUNNING, "end of what is to end", seconds=120)
    site.shell(_AGED)


# The unserved, those that fail again and again, those approved by nobody, and the parcel.
_EXPECTED_RUNNING: Final = UNSERVED - 4 + 3 + 4 + 1


def _steer(site: Site) -> None:
    """What people did: it is what the audit tells."""
    for number in range(2):
        site.rest.signal(f"approve-{number}", "approve", {"by": "grace"})
        site.rest._call(
            f"/workflows/approve-{number + 2}/cancel", {"reason": "the customer has withdrawn the request"}
        )
    site.rest._call("/workflows/archive-0/terminate", {"reason": "archived by hand, see ticket OPS-2210"})
    filters = {"workflowName": "ArchiveDocuments", "idPrefix": "archive-1"}
    asked = {"action": "terminate", "filters": filters, "reason": "these years are kept on tape already"}
    number = int(site.rest._call("/bulk", asked)["id"])
    wait_for(lambda: site.rest._call(f"/bulk/{number}")["finishedAt"], "end of the bulk operation")


def _counts(site: Site) -> Mapping[str, int]:
    found: Mapping[str, int] = site.rest._call("/workflows/counts")
    return found


def _start(site: Site, name: str, workflow_id: str, input_: Any, **more: Any) -> None:
    site.rest._call("/workflows", {"workflowName": name, "workflowId": workflow_id, "input": input_, **more})
