"""An engine beside something else in one process: its own thread, its own event loop."""

import asyncio
import threading
from concurrent.futures import Future

from uvloop import new_event_loop

from workflows.engine.engine import Engine
from workflows.engine.options import EngineOptions


class EngineThread:
    """Started and stopped from other threads; both return when it is done."""

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._started: Future[Engine] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="sched-engine", daemon=True)

    def start(self) -> None:
        """Returns when it serves; raises what kept it from that."""
        self._thread.start()
        self._started.result()

    def stop(self, seconds: float) -> bool:
        """Ends it in order; False if it did not end within `seconds`."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        asyncio.run(self._serve(), loop_factory=new_event_loop)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            engine = Engine(self._options)
            await engine.start()
        except BaseException as error:  # whoever waits for the start shall hear of it, whatever it is
            self._started.set_exception(error)
            return
        self._started.set_result(engine)
        await self._stopping.wait()
        await engine.stop()
