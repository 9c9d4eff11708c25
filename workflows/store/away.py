"""Which errors mean that the database cannot do it now, and may do it later."""

import sqlite3

import psycopg
from django.db.utils import InterfaceError, OperationalError

from workflows.store.backend import Unsuitable

AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.ReadOnlySqlTransaction,
    sqlite3.OperationalError,
    Unsuitable,
)
"""Of sessions of our own: no connection, shutting down, failing over, disk full, locked. Or this process was frozen for
so long that its session was ended."""

OUTAGES = (*AWAY, OperationalError, InterfaceError)
"""The same, with what Django makes of it."""
