"""Numbers in addresses."""


def number_of(text: str) -> int:
    """The number in a link of ours; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
