"""REST: paths and their refusals."""
