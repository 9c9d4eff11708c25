"""The few calls of the REST API that the demo makes, as any program would make them."""

import json
import urllib.error
import urllib.request
from typing import Any

CALL_SECONDS = 10.0


class Rest:
    """Speaks to a server on this machine.

    Args:
        root: its address, as `http://127.0.0.1:8080`.
    """

    def __init__(self, root: str) -> None:
        self._api = f"{root}/api"
        # No proxy has anything to do with a server on this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def healthy(self) -> bool:
        try:
            self._call("/health")
        except OSError:
            return False
        return True

    def start(self, workflow: str, input_: Any) -> str:
        """The id of a new execution."""
        body = {"workflowName": workflow}
        if input_ is not None:
            body["input"] = input_
        return str(self._call("/workflows", body)["workflowId"])

    def signal(self, workflow_id: str, name: str, payload: Any) -> None:
        self._call(f"/workflows/{workflow_id}/signal", {"name": name, "payload": payload})

    def execution(self, workflow_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._call(f"/workflows/{workflow_id}")
        return found

    def event_types(self, workflow_id: str) -> list[str]:
        return [event["type"] for event in self._call(f"/workflows/{workflow_id}/history")["events"]]

    def _call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - http, to the address we were given
            self._api + path, data=data, headers={"Content-Type": "application/json"}
        )
        with self._opener.open(request, timeout=CALL_SECONDS) as answer:
            return json.load(answer)
