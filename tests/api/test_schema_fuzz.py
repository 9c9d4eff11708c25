"""Schemathesis against our own OpenAPI document: whatever it makes of it, no 500, the answers that are described, and
nothing stored of what is refused.

Each run has a fresh seed; `SCHED_TEST_SEED` repeats one. A failure prints it.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker, Settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from tests.api.caller import PROBLEM
from tests.store.databases import BESIDE, TABLES, Database
from tests.store.default import as_default
from workflows.store import fsck

SEED = int(os.environ.get("SCHED_TEST_SEED") or random.randrange(2**32))
EXAMPLES = 8
"""By operation and mode, in CI."""
EXAMPLES_LONG = 400
HOST = {"Host": "localhost"}
STORED = " UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in (*TABLES, *BESIDE))
EXCLUDED: list[Any] = [
    # Bodies that break a rule which JSON Schema cannot say (a size in bytes, half of a surrogate pair) are refused.
    schemathesis.checks.positive_data_acceptance,
    # null is the same as an absent member, and a number may be written as 1.0.
    schemathesis.checks.negative_data_rejection,
    schemathesis.checks.unsupported_method,
]


class Web:
    """The API over WSGI, its description, and what is stored behind it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.app = get_wsgi_application()
        self.schema = schemathesis.openapi.from_wsgi("/api/schema", self.app, headers=HOST)

    def operations(self) -> list[Any]:
        return [result.ok() for result in self.schema.get_all_operations() if isinstance(result, Ok)]

    def stored(self) -> list[tuple[Any, ...]]:
        return self.database.run(STORED)

    def check(self, case: Case[Any]) -> int:
        """One request; the status of its answer."""
        before = self.stored()
        response = case.call(headers=HOST)
        assert response.status_code < 500, (response.status_code, response.content)
        if response.status_code >= 400:
            assert response.headers["content-type"] == [PROBLEM], response.headers
            assert self.stored() == before, "something of a refused request was stored"
        case.validate_response(response, excluded_checks=EXCLUDED)
        return response.status_code


@pytest.fixture
def web(postgres_store: Database, django_db_blocker: DjangoDbBlocker, settings: Settings) -> Iterator[Web]:
    settings.SCHED_PROBES = {}  # no engine runs here, and health says so with a 503
    with django_db_blocker.unblock(), as_default(postgres_store):
        postgres_store.clear()
        yield Web(postgres_store)


def attack(web: Web, examples: int) -> dict[int, int]:
    """Every operation with good data and with bad; how often each status was answered."""
    answered: dict[int, int] = {}
    for operation in web.operations():
        takes_input = bool(operation.body) or any(operation.iter_parameters())
        for mode in GenerationMode if takes_input else (GenerationMode.POSITIVE,):
            run(operation.as_strategy(mode), lambda case: count(answered, web.check(case)), examples)
    return answered


def count(answered: dict[int, int], status: int) -> None:
    answered[status] = answered.get(status, 0) + 1


def run(strategy: st.SearchStrategy[Case[Any]], check: Callable[[Case[Any]], None], examples: int) -> None:
    @seed(SEED)
    @hypothesis_settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(strategy)
    def checked(case: Case[Any]) -> None:
        check(case)

    checked()


def verify(web: Web, answered: dict[int, int], caplog: pytest.LogCaptureFixture) -> None:
    """Both kinds of answers came, the log tells of no failure of ours, and the database keeps its promises."""
    print(f"seed {SEED}: {dict(sorted(answered.items()))}")
    assert any(status < 300 for status in answered)
    assert any(400 <= status < 500 for status in answered)
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]
    assert fsck.check().findings == ()


def test_the_api_keeps_its_description(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    """A sample of it."""
    print(f"SCHED_TEST_SEED={SEED}")
    verify(web, attack(web, EXAMPLES), caplog)


@pytest.mark.long
def test_the_api_keeps_its_description_for_long(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    """Some thousand requests of each kind."""
    print(f"SCHED_TEST_SEED={SEED}")
    verify(web, attack(web, EXAMPLES_LONG), caplog)
