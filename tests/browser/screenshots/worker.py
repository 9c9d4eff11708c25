"""`python -m tests.browser.screenshots.worker`: a shop's workflows, of which some fail, for good or again and again."""

from __future__ import annotations

import datetime as dt
from typing import Any, NoReturn

from sched_sdk import RetryPolicy, WorkflowContext
from sched_sdk.client import Client
from sched_sdk.errors import ApplicationError
from sched_sdk.registry import Registry
from sched_sdk.worker import ActivityContext

registry = Registry()
PATIENT = RetryPolicy(
    initial_interval=dt.timedelta(milliseconds=100),
    backoff_coefficient=8,
    maximum_interval=dt.timedelta(minutes=10),
    maximum_attempts=0,
)
LINES = 40


@registry.workflow("ShipOrder")
def ship_order(ctx: WorkflowContext, order: dict[str, Any]) -> dict[str, Any]:
    """Several steps one after the other, a pause, and a result of some size."""
    reserved = ctx.execute_activity("ReserveStock", order)
    ctx.sleep(dt.timedelta(milliseconds=300))
    label = ctx.execute_activity("PrintLabel", order)
    return {"order": order["id"], "reserved": reserved, "label": label, "carrier": "north-sea-freight"}


@registry.workflow("SettleAccount")
def settle_account(ctx: WorkflowContext, account: dict[str, Any]) -> Any:
    """Its only step fails, and is tried again, less and less often."""
    return ctx.execute_activity("CapturePayment", account)


@registry.workflow("ImportCatalogue")
def import_catalogue(ctx: WorkflowContext, source: str) -> Any:
    """Fails for a reason that has a reason that has a reason."""
    return ctx.execute_activity("ReadFeed", source)


@registry.workflow("WatchParcel")
def watch_parcel(ctx: WorkflowContext, parcel: str) -> str:
    """Waits for a person, an hour at most."""
    ctx.execute_activity("PrintLabel", {"id": parcel})
    signal = ctx.wait_for_signal("delivered", timeout=dt.timedelta(hours=1))
    return "lost" if signal is None else "delivered"


@registry.activity("ReserveStock")
def reserve_stock(_ctx: ActivityContext, order: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"sku": f"SKU-{number:05}", "warehouse": "HAM-2", "count": 1} for number in range(LINES)]


@registry.activity("PrintLabel")
def print_label(_ctx: ActivityContext, order: dict[str, Any]) -> str:
    return f"label-of-{order['id']}.pdf"


@registry.activity("CapturePayment", retry=PATIENT)
def capture_payment(_ctx: ActivityContext, account: dict[str, Any]) -> NoReturn:
    raise ConnectionError(
        "the payment provider answered 503 Service Unavailable: upstream connect error or reset before headers"
    )


@registry.activity("ReadFeed", retry=RetryPolicy(maximum_attempts=1))
def read_feed(_ctx: ActivityContext, source: str) -> NoReturn:
    try:
        _price({"sku": "SKU-00017"})
    except ValueError as unreadable:
        raise ApplicationError(
            f"the catalogue {source} cannot be imported", type="CatalogueRefused", details={"line": 48112}
        ) from unreadable
    raise AssertionError


def _price(article: dict[str, str]) -> str:
    try:
        return article["price"]
    except KeyError as missing:
        raise ValueError(
            "line 48,112: a price is missing where the schema of version 7 demands one"
        ) from missing


if __name__ == "__main__":
    with Client(registry=registry) as client:
        client.run_worker()
