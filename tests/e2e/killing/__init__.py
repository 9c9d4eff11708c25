"""Processes that are killed at named points (`workflows.points`), and what must have become of the work then."""
