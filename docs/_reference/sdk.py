"""The SDK's public names with signatures and docstrings, and those of the two modules for Django projects."""

from __future__ import annotations

import enum
import inspect
import re
from collections.abc import Iterator
from inspect import formatannotation
from types import ModuleType
from typing import Unpack, get_args, get_origin

import sched_sdk

from docs._reference.markdown import code, docstring, fenced, table
from docs._reference.markdown import page as whole

MODULE = re.compile(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z_])")
QUOTED = re.compile(r"(: |-> )'([^']*)'")
MEMBER = re.compile(r"<(\w+\.\w+): [^>]*>")
NOT_FOR_USERS = {"drive", "to_proto", "of"}


def page() -> str:
    """docs/reference/sdk.md."""
    import workflows.client
    import workflows.worker

    return whole(
        "SDK",
        "the docstrings of `sched_sdk`, `workflows.client` and `workflows.worker`",
        "Everything that `sched_sdk` exports. How it goes together: [Writing workflows](../workflows.md).",
        *_module(sched_sdk),
        "## Keyword arguments",
        "Those that stand above as `Unpack[…]`. All are optional.",
        *(part for each in keywords(sched_sdk) for part in _keywords(each)),
        "## In a Django process",
        "What `workflows.client` exports, for programs that have the database, and `workflows.worker`, for a "
        "project's own workflows: [In a Django project](../django.md).",
        *_module(workflows.client),
        *_module(workflows.worker),
    )


def _module(module: ModuleType) -> Iterator[str]:
    for name in sorted(module.__all__, key=str.lower):
        yield from _thing(f"{module.__name__}.{name}", getattr(module, name))


def _thing(full: str, thing: object) -> Iterator[str]:
    name = full.rpartition(".")[2]
    yield f"## `{full}`"
    if isinstance(thing, enum.EnumType):
        yield docstring(thing)
        yield "One of " + ", ".join(f"`{member}`" for member in thing.__members__) + "."
        return
    if not inspect.isclass(thing):
        yield fenced(signature(name, thing), "python")
        yield docstring(thing)
        return
    bases = ", ".join(base.__name__ for base in thing.__bases__ if base is not object)
    yield fenced(f"class {signature(name, thing)}" + (f"  # a {bases}" if bases else ""), "python")
    yield docstring(thing)
    for key, member in members(thing):
        yield f"#### `{name}.{key}`"
        if not isinstance(member, property):
            yield fenced(signature(key, member), "python")
        yield docstring(member)


def members(of: type) -> Iterator[tuple[str, object]]:
    """Public methods and properties that are ours."""
    for key, member in inspect.getmembers(of):
        if key.startswith("_") or key in NOT_FOR_USERS or not docstring(member):
            continue
        if isinstance(member, property) or (inspect.isfunction(member) or inspect.ismethod(member)):
            yield key, member


def signature(name: str, of: object) -> str:
    """As one would write it: without `self`, and without the modules of types."""
    try:
        found = inspect.signature(of)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return name
    parameters = [each for each in found.parameters.values() if each.name != "self"]
    text = MODULE.sub("", str(found.replace(parameters=parameters))).replace("~", "")
    return name + MEMBER.sub(r"\1", QUOTED.sub(r"\1\2", text))


def keywords(module: ModuleType) -> list[type]:
    """The typed dictionaries that calls of the module take their keyword arguments from."""
    things = [getattr(module, name) for name in module.__all__]
    calls = [*things, *(member for thing in things if inspect.isclass(thing) for _, member in members(thing))]
    found: set[type] = set()
    for call in filter(callable, calls):
        try:
            parameters = inspect.signature(call).parameters.values()
        except (TypeError, ValueError):
            continue
        found |= {
            get_args(each.annotation)[0] for each in parameters if get_origin(each.annotation) is Unpack
        }
    return sorted(found, key=lambda each: each.__name__)


def _keywords(of: type) -> Iterator[str]:
    yield f"### `{of.__name__}`"
    yield docstring(of)
    types = {
        name: MODULE.sub("", formatannotation(each)) for name, each in inspect.get_annotations(of).items()
    }
    yield table(("argument", "type"), ((code(name), code(each)) for name, each in types.items()))
