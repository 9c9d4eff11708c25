"""Differential tests: the same inputs against the kernel alone and against every writer of the store.

A *script* is a list of steps (`steps`), made by a seed (`author`). Four *twins* play it: the kernel in memory, which
says what has to come out (`kernel`); SQLite; Postgres with one transaction for each input, the simplest writer that can
be (`naive`); Postgres with group commit (`stores`). At each step the answers are compared, and at the end every column
of every row (`compare`). A script that tells two twins apart is made shorter before it is shown (`shrink`).
"""
