"""`python -m sched_sdk.demo`: the demo worker, configured by the environment."""

import sys
import threading

from sched_sdk.client import Client
from sched_sdk.demo import (
    approval_gate,
    hello_world,
    long_demo,
    monthly_report,
    order_saga,
    retry_demo,
    signal_demo,
)
from sched_sdk.demo.registry import registry
from sched_sdk.errors import SchedError
from sched_sdk.logs import component_logger
from sched_sdk.settings import SettingError, read_flag

# To import them is to register what they define.
PARTS = (approval_gate, hello_world, long_demo, monthly_report, order_saga, retry_demo, signal_demo)
AUTO_START_SECONDS = 2.0
log = component_logger("demo")


def main() -> int:
    """Serve until SIGTERM or SIGINT. A bad setting ends it at once, with a sentence and exit status 2."""
    try:
        auto_start = read_flag("AUTO_START_TEST")
        client = Client(registry=registry)
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    timer = threading.Timer(AUTO_START_SECONDS, _start_report, [client])
    timer.daemon = True
    if auto_start:
        timer.start()
    try:
        client.run_worker()
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        timer.cancel()
        client.close()
    return 0


def _start_report(client: Client) -> None:
    try:
        handle = client.start(monthly_report.monthly_report)
    except SchedError as error:
        log.warning("MonthlyReport could not be started: %s", error)
    else:
        log.info("started MonthlyReport", extra={"workflow_id": handle.workflow_id, "run_id": handle.run_id})


if __name__ == "__main__":
    sys.exit(main())
