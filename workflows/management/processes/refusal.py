"""A process that cannot start says why, in one sentence, and exits with status 1."""


class CannotStart(Exception):
    """Something that this process needs is missing or taken; the message is for the person who started it."""
