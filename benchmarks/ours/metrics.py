"""An engine's own counters, read over HTTP."""

import urllib.request


def metric(url: str, name: str, **labels: str) -> float:
    """The sum over the series of that name with these labels."""
    # By name: to write down all of them takes the engine ten times as long, ten times a second.
    with urllib.request.urlopen(f"{url}/metrics?name[]={name}", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    found = (line for line in lines if line.startswith((name + "{", name + " ")))
    return sum(float(line.rpartition(" ")[2]) for line in found if all(part in line for part in wanted))
