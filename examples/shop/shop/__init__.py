"""A shop whose orders are workflows."""
