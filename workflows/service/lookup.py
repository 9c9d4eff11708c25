"""Which run a workflow id means now. Many that ask at once share one query."""

from collections.abc import Callable, Mapping, Sequence

from workflows.core.rejection import Code, Rejected
from workflows.service.shared_read import SharedRead

Resolve = Callable[[str, Sequence[str]], Mapping[str, str]]


def not_found(workflow_id: str, run_id: str = "") -> Rejected:
    """Names all that was asked for: the id may have other runs."""
    run = f" and the run id {run_id!r}" if run_id else ""
    return Rejected(Code.NOT_FOUND, f"no execution has the workflow id {workflow_id!r}{run}")


class Lookup:
    """Lives on one event loop.

    Args:
        resolve: reads the current runs of workflow ids in a namespace.
    """

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._runs: SharedRead[tuple[str, str], str] = SharedRead(self._found)

    async def current_run(self, namespace: str, workflow_id: str) -> str:
        """The run id.

        Raises:
            Rejected: NOT_FOUND.
        """
        run_id = await self._runs.get((namespace, workflow_id))
        if run_id is None:
            raise not_found(workflow_id)
        return run_id

    def _found(self, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for namespace in {namespace for namespace, _ in names}:
            ids = [workflow_id for each, workflow_id in names if each == namespace]
            runs = self._resolve(namespace, ids)
            found.update(((namespace, workflow_id), run_id) for workflow_id, run_id in runs.items())
        return found
