"""Becomes another user, then another program: `python -I as_user.py UID GID program argument …`.

A process of its own, since `subprocess` with `user=` forks the caller (which it avoids otherwise). In the child of a
caller that has used gRPC, gRPC starts its threads again, and one of them died (SIGSEGV in `event_engine`) before the
program began.
"""

import os
import sys


def main() -> None:
    uid, gid, *command = sys.argv[1:]
    os.setgroups([])
    os.setgid(int(gid))
    os.setuid(int(uid))
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
