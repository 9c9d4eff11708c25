"""The twins, on databases of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.differential.twins import Twins, twins


@pytest.fixture(scope="package")
def all_twins(postgres_dsn: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Twins]:
    with django_db_blocker.unblock(), twins(postgres_dsn) as found:
        yield found
