"""Which run a request means: the one it names, or the current one of its workflow id. Many that ask at once share one
query."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from workflows.core.rejection import Code, Rejected
from workflows.service.shared_read import SharedRead

Resolve = Callable[[str, Sequence[str]], Mapping[str, str]]
type Found = Callable[[str | BaseException], None]


def not_found(workflow_id: str, run_id: str = "") -> Rejected:
    """Names all that was asked for: the id may have other runs."""
    run = f" and the run id {run_id!r}" if run_id else ""
    return Rejected(Code.NOT_FOUND, f"no execution has the workflow id {workflow_id!r}{run}")


class Lookup:
    """Lives on one event loop.

    Args:
        current: reads the current runs of workflow ids in a namespace.
        owners: reads the workflow ids of runs in a namespace.
    """

    def __init__(self, current: Resolve, owners: Resolve) -> None:
        self._current: SharedRead[tuple[str, str], str] = SharedRead(partial(_found, current))
        self._owners: SharedRead[tuple[str, str], str] = SharedRead(partial(_found, owners))

    async def run(self, namespace: str, workflow_id: str, run_id: str = "") -> str:
        """The run id.

        Raises:
            Rejected: NOT_FOUND.
        """
        run = await asyncio.shield(self._asked(namespace, workflow_id, run_id))
        return _run_of(run, workflow_id, run_id)

    def find(self, namespace: str, workflow_id: str, run_id: str, found: Found) -> None:
        """As `run`; `found` is called on the loop with the run id, or with what `run` would raise."""

        def read(future: asyncio.Future[str | None]) -> None:
            try:
                run = _run_of(future.result(), workflow_id, run_id)
            except Exception as error:
                found(error)
            else:
                found(run)

        self._asked(namespace, workflow_id, run_id).add_done_callback(read)

    def _asked(self, namespace: str, workflow_id: str, run_id: str) -> asyncio.Future[str | None]:
        if run_id:
            return self._owners.ask((namespace, run_id))
        return self._current.ask((namespace, workflow_id))


def _run_of(read: str | None, workflow_id: str, run_id: str) -> str:
    """What was read is the owner of the run that was named, else the current run."""
    if read is None or (run_id and read != workflow_id):
        raise not_found(workflow_id, run_id)
    return run_id or read


def _found(resolve: Resolve, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for namespace in {namespace for namespace, _ in names}:
        values = resolve(namespace, [name for each, name in names if each == namespace])
        found.update(((namespace, name), value) for name, value in values.items())
    return found
