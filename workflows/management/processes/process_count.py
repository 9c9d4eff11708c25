"""How many engine processes may be asked for."""

PROCESSES_MAX = 64
"""Beyond that a typing error is likelier than a machine."""


def process_count(text: str) -> int:
    """The number that the text says.

    Raises:
        ValueError: its message says what is allowed.
    """
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= PROCESSES_MAX):
        raise ValueError(f"a whole number from 1 to {PROCESSES_MAX}")
    return int(text)
