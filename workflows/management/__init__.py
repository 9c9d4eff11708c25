"""Processes: commands that put the parts together, start and stop them."""
