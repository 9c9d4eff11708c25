"""A caller of the API, and shorthands for what tests look at."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from tests.store.driver import Driver
from workflows.core import inputs as i
from workflows.store.backend import LoadRequest

JSON = "application/json"
PROBLEM = "application/problem+json"


class Answer:
    """A response: its status, its bytes, and the document in them."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.content: bytes = response.content
        self.type: str = response.headers.get("Content-Type", "")
        self.json: Any = json.loads(self.content) if "json" in self.type else None

    @property
    def fields(self) -> list[str]:
        """What a problem is about."""
        assert self.type == PROBLEM, (self.status, self.content)
        return [error["field"] for error in self.json["errors"]]

    @property
    def rule(self) -> str:
        (error,) = self.json["errors"]
        return str(error["rule"])


class Caller:
    def __init__(self, client: Client, driver: Driver) -> None:
        self.client = client
        self.driver = driver

    def get(self, path: str, **query: Any) -> Answer:
        return Answer(self.client.get(f"/api/{path}", query))

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        """`body` is the text of a document, or what makes one."""
        data = body if isinstance(body, str | bytes) else json.dumps({} if body is None else body)
        more.setdefault("content_type", JSON)
        return Answer(self.client.post(f"/api/{path}", data, **more))

    def start(self, body: Any = None, **more: Any) -> str:
        """A started workflow's id."""
        answer = self.post("workflows", body or {"workflowName": "Ship"}, **more)
        assert answer.status == 201, answer.content
        return str(answer.json["workflowId"])

    def run_of(self, workflow_id: str) -> str:
        return str(self.get(f"workflows/{workflow_id}").json["runId"])

    def drain(self, workflow_id: str) -> str:
        """The engine's next batch for the id's run; its history afterwards."""
        run_id = self.run_of(workflow_id)
        loaded = self.driver.backend.begin_and_load(LoadRequest(runs={run_id: i.Needs(all_children=True)}))
        self.driver.backend.save_and_commit(self.driver.decide(loaded, []))
        return self.driver.names(run_id)
