"""What commands are made of: checks before the start, the engine, the web, the worker, and how each of them ends."""
