"""Which run a workflow id means now. Many that ask at once share one query."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from workflows.core.rejection import Code, Rejected

Resolve = Callable[[str, Sequence[str]], Mapping[str, str]]


class Lookup:
    """Lives on one event loop.

    Args:
        resolve: reads the current runs of workflow ids in a namespace.
    """

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._asked: dict[tuple[str, str], asyncio.Future[str | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def current_run(self, namespace: str, workflow_id: str) -> str:
        """The run id.

        Raises:
            Rejected: NOT_FOUND.
        """
        name = (namespace, workflow_id)
        future = self._asked.get(name)
        if future is None:
            future = self._asked[name] = asyncio.get_running_loop().create_future()
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        run_id = await asyncio.shield(future)
        if run_id is None:
            raise Rejected(Code.NOT_FOUND, f"no execution has the workflow id {workflow_id!r}")
        return run_id

    async def _read(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await asyncio.to_thread(self._found, list(asked))
            except Exception as error:
                for future in asked.values():
                    future.set_exception(error)
            else:
                for name, future in asked.items():
                    future.set_result(found.get(name))
        self._reading = None

    def _found(self, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for namespace in {namespace for namespace, _ in names}:
            ids = [workflow_id for each, workflow_id in names if each == namespace]
            runs = self._resolve(namespace, ids)
            found.update(((namespace, workflow_id), run_id) for workflow_id, run_id in runs.items())
        return found
