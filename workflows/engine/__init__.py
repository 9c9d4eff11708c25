"""The engine: composes writer, dispatch, timers, leadership and doors into one process, and stops them in order."""
