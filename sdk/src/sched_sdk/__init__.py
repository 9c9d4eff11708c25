"""Write workflows and activities for sched, and run them in a worker. Needs no Django and no database."""

__version__ = "0.1.0"
