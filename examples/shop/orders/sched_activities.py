"""The activities of this app: they do the work, and may be done again, so each is written to be harmless then."""

from django.db import transaction

from orders.models import Order, Payment
from workflows.worker import activity


@activity()
def charge(ctx, order_id):
    """Both rows or none; a second attempt finds the payment of the first."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        Payment.objects.get_or_create(order=order, defaults={"cents": order.cents})
        order.status = Order.Status.PAID
        order.save(update_fields=["status"])


@activity()
async def ship(ctx, order_id):
    """An `async def` uses the asynchronous half of the ORM."""
    await Order.objects.filter(pk=order_id).aupdate(status=Order.Status.SHIPPED)
    return "shipped"


@activity()
def give_up(ctx, order_id):
    """Nobody has packed it."""
    Order.objects.filter(pk=order_id).update(status=Order.Status.GIVEN_UP)
    return "given up"
