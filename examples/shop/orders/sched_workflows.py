"""The workflows of this app. What they ask for is kept in the history; docs/workflows.md has the few rules."""

import datetime as dt

from orders.sched_activities import charge, give_up, ship
from workflows.worker import workflow


@workflow("FulfilOrder")
def fulfil_order(ctx, order_id):
    """Charge, wait for the warehouse, ship."""
    ctx.execute_activity(charge, order_id)
    packed = ctx.wait_for_signal("packed", timeout=dt.timedelta(days=14))
    if packed is None:
        return ctx.execute_activity(give_up, order_id)
    return ctx.execute_activity(ship, order_id)
