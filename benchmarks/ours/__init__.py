"""sched as it is measured: engines, workers and clients, each a process of its own."""
