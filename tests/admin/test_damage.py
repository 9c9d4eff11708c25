"""Rows that cannot be read, as operators see them."""

from __future__ import annotations

from django.test import Client

from tests.admin.reading import LIST, page, plain, rows
from tests.store.damaging import NO_PAYLOAD, damage_event, damage_header
from tests.store.driver import Driver


def test_a_damaged_header_is_listed_and_marked(operator: Client, driver: Driver) -> None:
    """Among the others; its page says what is wrong and what to do."""
    driver.begin("order-1")
    run_id = driver.begin("order-2")
    damage_header(driver.database, run_id, status="BANANA", memo=NO_PAYLOAD)
    text = page(operator, LIST)
    assert rows(text) == ["order-2", "order-1"]
    assert text.count(">damaged</span>") == 1
    assert f"`manage.py fsck --run-id {run_id}` says more" in text
    told = plain(page(operator, f"{LIST}{run_id}/change/"))
    assert "Parked:" not in told
    assert "damaged: its status is 'BANANA', its memo cannot be read" in told


def test_a_damaged_event_is_in_its_place(operator: Client, driver: Driver) -> None:
    """With what is known of it, among those that can be read."""
    run_id = driver.begin("order-1")
    damage_event(driver.database, run_id, 1)
    told = plain(page(operator, f"{LIST}{run_id}/change/"))
    assert "! unreadable" in told
    assert f"damaged: it cannot be read; `manage.py fsck --run-id {run_id}` says more" in told
