"""A read that many share: all keys that are asked for while one query is under way are asked in the next."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from workflows.service.reading import read


class SharedRead[Key, Value]:
    """Lives on one event loop; `read` runs in a thread.

    Args:
        read: reads many at once; keys that there is nothing for are missing from its answer.
    """

    def __init__(self, read: Callable[[Sequence[Key]], Mapping[Key, Value]]) -> None:
        self._read = read
        self._asked: dict[Key, asyncio.Future[Value | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Value | None:
        """What a query says that begins after this call."""
        return await asyncio.shield(self.ask(key))

    def ask(self, key: Key) -> asyncio.Future[Value | None]:
        """As `get`, for who cannot wait here. Others share the future: it must not be cancelled."""
        future = self._asked.get(key)
        if future is None:
            future = self._asked[key] = asyncio.get_running_loop().create_future()
        if self._reading is None:
            self._reading = asyncio.create_task(self._run())
        return future

    async def _run(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await read(self._read, list(asked))
            except Exception as error:
                for future in asked.values():
                    future.set_exception(error)
                    future.exception()  # nobody may be left to hear it
            else:
                for key, future in asked.items():
                    future.set_result(found.get(key))
        self._reading = None
