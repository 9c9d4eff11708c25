"""What was found, as JSON: `benchmarks/results/<kind>-<time>.json`, ignored by git."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.servers.process import ROOT

FOLDER = ROOT / "benchmarks" / "results"


def save(report: Mapping[str, Any], kind: str) -> Path:
    """The path, from the project's folder."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{kind}-{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(json.dumps(report, indent=1))
    return path.relative_to(ROOT)
