"""Private Postgres and Redis servers for tests and benchmarks: real, on free ports, gone with who asked."""
