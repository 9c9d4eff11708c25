"""What can go wrong between us and the database, as the committing threads tell it apart.

    Trouble
    ├── ConnectionLost   the connection died or cannot be made
    └── Contended        a lock was not got in time; nothing was done

Every other database error is a statement that the database refuses: a bug of ours, or a value no door has caught.
"""


class Trouble(Exception):
    """The database cannot do it now."""


class ConnectionLost(Trouble):
    """The connection died, or none can be made. Whether a COMMIT under way succeeded is not known."""


class Contended(Trouble):
    """Lock time-out, deadlock or serialization failure: the transaction did nothing and may be tried again."""
