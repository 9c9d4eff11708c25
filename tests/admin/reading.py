"""Pages as a reader sees them, and as the site's policy does."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

from tests.store.driver import Driver
from workflows.core.inputs import Needs
from workflows.store.backend import LoadRequest

LIST = "/admin/sched_workflows/execution/"


def page(client: Client, path: str, **query: str | int) -> str:
    """A page of ours: its text, once its policy and its markup were looked at."""
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.content
    return clean(answer)


def clean(answer: Any) -> str:
    """Nothing inline: no script, no style, no handler; the policy allows none."""
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    text = str(answer.content.decode())
    assert not re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
    assert not re.findall(r"<style", text)
    assert not re.findall(r"<[^>]+\s(?:on\w+|style)=", text)
    return text


def rows(text: str) -> list[str]:
    """Workflow ids, as listed."""
    return re.findall(r'class="field-workflow_id"><a[^>]*>([^<]*)</a>', text)


def plain(text: str) -> str:
    """What a reader sees, without tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", text)))


def address_of(run_id: str) -> str:
    return f"{LIST}{run_id}/change/"


def fields(text: str) -> dict[str, str]:
    """What the page's form carries by itself."""
    form = text[text.index("sched-form") :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def drain(driver: Driver, run_id: str) -> str:
    """The engine's next batch for a run; its history afterwards, in short names."""
    loaded = driver.backend.begin_and_load(LoadRequest(runs={run_id: Needs(all_children=True)}))
    driver.backend.save_and_commit(driver.decide(loaded, []))
    return driver.names(run_id)
