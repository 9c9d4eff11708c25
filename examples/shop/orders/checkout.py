"""Placing an order: its row and its workflow are there together, or neither is."""

from django.db import transaction

from orders.models import Order
from workflows.client import start_workflow


def place_order(customer: str, cents: int) -> Order:
    """Call it from a view, a form, a command: it takes part in the transaction that is open."""
    with transaction.atomic():
        order = Order.objects.create(customer=customer, cents=cents)
        started = start_workflow("FulfilOrder", order.pk, workflow_id=order.workflow_id)
        order.run_id = started.run_id
        order.save(update_fields=["run_id"])
    return order
