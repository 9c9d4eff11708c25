"""A page that stands in for the built one: as Vite writes it, and with the manners that the real one has towards us."""

from __future__ import annotations

import gzip
from pathlib import Path

FOLDER = "sched/dashboard"
SCRIPT = "assets/index-D1w_gT-a.js"
STYLE = "assets/index-IvpUvPa2.css"
_INDEX = f"""\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>sched</title>
    <link rel="icon" href="data:," />
    <script type="module" crossorigin src="./{SCRIPT}"></script>
    <link rel="stylesheet" crossorigin href="./{STYLE}">
  </head>
  <body>
    <div id="root"></div>
  </body>
</html>
"""
_CODE = """\
const place = location.pathname + location.search;
const answer = await fetch("/api/me");
if (answer.status === 401) location.assign(`/login?next=${encodeURIComponent(place)}`);
else document.getElementById("root").textContent = `${(await answer.json()).name ?? "anybody"} at ${place}`;
"""


def write_bundle(folder: Path) -> None:
    """Below `folder`, which is one of static files."""
    bundle = folder / FOLDER
    (bundle / "assets").mkdir(parents=True)
    (bundle / "index.html").write_text(_INDEX)
    (bundle / SCRIPT).write_text(_CODE)
    (bundle / f"{SCRIPT}.gz").write_bytes(gzip.compress(_CODE.encode(), mtime=0))
    (bundle / STYLE).write_text("#root { color: #123456; }\n")
