"""Whether a batch could be written, without one.

`READ` costs nothing, and sees a server that is gone, or that has become a stand-by or was set to read only. `WRITE`
asks the disk for room as a table that grows does; it is for a database of which a write was refused, since what it
leaves in the catalogue is rubbish that the server must clear away.
"""

from typing import LiteralString

READ: LiteralString = """DO $$ BEGIN
    IF current_setting('transaction_read_only')::boolean THEN
        RAISE read_only_sql_transaction USING MESSAGE = 'the server takes reads only';
    END IF;
END $$"""

WRITE: LiteralString = """DO $$ BEGIN
    CREATE TEMPORARY TABLE sched_probe ON COMMIT DROP AS
        SELECT repeat('x', 7000) FROM generate_series(1, 16);  -- a page each
END $$"""
