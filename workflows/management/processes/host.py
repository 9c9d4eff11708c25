"""The name of this machine in the addresses that a process prints."""


def shown_host(bind: str) -> str:
    """As a part of a URL, for who sits at this machine."""
    if bind in ("127.0.0.1", "0.0.0.0", "::1", "::"):  # noqa: S104 - compared, not bound
        return "localhost"
    return f"[{bind}]" if ":" in bind else bind
