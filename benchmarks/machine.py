"""What the figures were taken on."""

import os
import platform
import sysconfig
import time
from typing import Any


def machine() -> dict[str, Any]:
    """Cores, interpreter, and how much else the machine had to do."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "load_average": os.getloadavg()[0],
        "machine": platform.platform(),
        "python": platform.python_version(),
        "python_build": sysconfig.get_config_var("CONFIG_ARGS"),
        "taken_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
