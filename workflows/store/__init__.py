"""Store: how executions are read and written. The only place that knows the tables' SQL.

Two writers: the engine's group commit over a `Backend` of its own connection, and the inline writer in the
connection and transaction of whoever calls. Readers wait for nobody.
"""
