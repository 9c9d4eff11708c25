"""SignalDemo: wait for any signal, for two minutes."""

import datetime as dt

from sched_sdk.demo.registry import registry
from sched_sdk.demo.text import shown
from sched_sdk.workflow import WorkflowContext

PATIENCE = dt.timedelta(seconds=120)


@registry.workflow("SignalDemo")
def signal_demo(ctx: WorkflowContext) -> str:
    """Tell which signal came."""
    signal = ctx.wait_for_signal(timeout=PATIENCE)
    return "timed out" if signal is None else f"got {signal.name}={shown(signal.payload)}"
