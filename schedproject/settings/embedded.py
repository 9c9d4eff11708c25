"""Settings of one process that is engine and web at once: `make up`, `make demo`."""

import sys

from schedproject import environment
from schedproject.settings.web import *  # noqa: F403
from schedproject.settings.web import INSTALLED_APPS as WEB_APPS
from schedproject.settings.web import SCHED, SCHED_PROBES

try:
    environment.check_engine(SCHED)
    environment.check_ports(DASHBOARD_PORT=SCHED.dashboard_port, ENGINE_PORT=SCHED.engine_port)
except environment.BadVariable as refusal:
    sys.exit(f"sched: {refusal}")

# The engine is this process.
SCHED_PROBES["engine"][1]["address"] = f"{SCHED.bind}:{SCHED.engine_port}"

INSTALLED_APPS = [*WEB_APPS, "django_grpc_framework"]
