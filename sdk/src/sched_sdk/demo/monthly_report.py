"""MonthlyReport: work in rounds with durable sleeps between them; a restart of anything loses no round."""

import datetime as dt

from sched_sdk.demo.registry import registry
from sched_sdk.worker import ActivityContext
from sched_sdk.workflow import WorkflowContext

ROUNDS = 3
PAUSE = dt.timedelta(seconds=2)


@registry.workflow("MonthlyReport")
def monthly_report(ctx: WorkflowContext) -> str:
    """Send one mail a round."""
    for number in range(1, ROUNDS + 1):
        ctx.queue_activity("SendEmail", {"round": number})
        ctx.sleep(PAUSE)
    return "Report completed"


@registry.activity("SendEmail")
def send_email(ctx: ActivityContext, mail: object = None) -> dict[str, object]:
    """Pretend to send a mail."""
    ctx.logger.info("sending an e-mail")
    return {"sent": True, "mail": mail}
