"""Benchmarks: real servers, real processes, and the bars that a release must clear. See README.md."""
