"""Handing tasks to workers as a mechanism: keys and bytes, no knowledge of workflows."""
