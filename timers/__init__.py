"""Durable timers as a mechanism: keys and instants, no knowledge of workflows."""
