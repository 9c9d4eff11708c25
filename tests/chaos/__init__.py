"""Chaos: two thousand workflows while everything they stand on is killed in turn. Scenario 36.

Real processes on Postgres (fsync on) and Redis: two engines, two workers on streams and one that polls, each killed,
frozen, or cut off every few seconds. What callers were promised is written to a ledger, and what activities did to a
journal, both outside of the database; at the end the two are held against the histories.

`python -m tests.chaos --seconds 180 --workflows 2000 --seed 7 --report report.md`
"""
