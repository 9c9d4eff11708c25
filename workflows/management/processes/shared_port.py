"""A port that the processes of one parent share (SO_REUSEPORT), and nobody else has.

The kernel lets every process of the same user join a shared port, engines of another database among them. So whoever
shares one has it alone first, and then keeps a socket on it that does not listen: who does not ask to share is refused
as ever, and so is a second parent, which does not ask before it has had the port alone.
"""

import socket
from contextlib import closing

from workflows.management.processes.taken import exclusive


def keep_to_share(bind: str, port: int, variable: str) -> socket.socket:
    """Keeps a port until the socket is closed; processes that set SO_REUSEPORT can listen on it.

    Raises:
        CannotStart: something else has the port; names it.
    """
    with closing(exclusive(bind, port, variable)) as alone:
        alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        kept = socket.socket(alone.family, socket.SOCK_STREAM)
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        kept.bind((bind, port))
    return kept
