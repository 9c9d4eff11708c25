"""Orders: placed, paid, packed, shipped."""
