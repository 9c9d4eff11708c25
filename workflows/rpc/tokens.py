"""Task tokens: what a worker shows to complete a task. The task's key, its delivery, and a seal.

The seal keeps a worker from completing what it was not given; whether the delivery is still the current one, the kernel
decides. Engines that share a database must share the secret, since a worker may return to another engine.
"""

import hmac
import struct
from hashlib import blake2b

from workflows.core.keys import TaskKey, TaskKind

_KEY = struct.Struct(">16sBIII")
_SEAL_BYTES = 16
_KINDS = {int(kind): kind for kind in TaskKind}


class BadToken(Exception):
    """The bytes are not a token that an engine of this database made."""


class Tokens:
    """Makes and reads tokens under one secret."""

    def __init__(self, secret: str) -> None:
        key = blake2b(secret.encode(), digest_size=32, person=b"sched-task-token").digest()
        self._keyed = blake2b(key=key, digest_size=_SEAL_BYTES)

    def make(self, key: TaskKey, delivery: int) -> bytes:
        run = bytes.fromhex(key.run_id.replace("-", ""))
        body = _KEY.pack(run, key.kind, key.number, key.attempt, delivery)
        return body + self._seal(body)

    def read(self, token: bytes) -> tuple[TaskKey, int]:
        """The key and delivery that a token names.

        Raises:
            BadToken: it was made up, cut, or made under another secret.
        """
        body, seal = token[:-_SEAL_BYTES], token[-_SEAL_BYTES:]
        if len(body) != _KEY.size or not hmac.compare_digest(seal, self._seal(body)):
            raise BadToken
        run, kind, number, attempt, delivery = _KEY.unpack(body)
        text = run.hex()
        run_id = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
        return TaskKey(run_id, _KINDS[kind], number, attempt), delivery

    def _seal(self, body: bytes) -> bytes:
        seal = self._keyed.copy()
        seal.update(body)
        return seal.digest()
