"""Filters of our own lists: a row of links each, by a parameter of the address, with the condition behind each link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.http import QueryDict

from workflows.service.errors import shown

type Link = tuple[str, str, bool]
"""Label, address, whether it is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One filter. What is none of its values is refused, and not taken for all."""

    title: str
    parameter: str
    conditions: Mapping[str, Q]

    def condition(self, query: QueryDict) -> Q:
        return self.conditions.get(query.get(self.parameter, ""), Q())

    def refusal(self, query: QueryDict) -> str:
        """Field, value and rule of what is none of its values; empty where there is nothing to say."""
        given = query.get(self.parameter, "")
        if not given or given in self.conditions:
            return ""
        return f"{self.parameter}: {shown(given)}: must be one of {', '.join(self.conditions)}"

    def links(self, query: QueryDict) -> tuple[str, Sequence[Link]]:
        """Its title, and its links: the other filters stay as they are, the page is the first."""
        chosen = query.get(self.parameter, "")
        chosen = chosen if chosen in self.conditions else ""
        return self.title, [
            (value or "all", self._address(query, value), value == chosen) for value in ("", *self.conditions)
        ]

    def _address(self, query: QueryDict, value: str) -> str:
        changed = query.copy()
        changed.pop("page", None)
        changed.pop(self.parameter, None)
        if value:
            changed[self.parameter] = value
        return f"?{changed.urlencode()}"
