"""A bundle in the place of the built one."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.dashboard.placeholder import write_bundle
from workflows.dashboard import bundle as built


@pytest.fixture
def bundle(tmp_path: Path, settings: Settings) -> Path:
    """Its folder; a client that is made afterwards is served from it."""
    write_bundle(tmp_path)
    settings.STATICFILES_DIRS = [tmp_path]
    return tmp_path / built.FOLDER


@pytest.fixture
def visitor(bundle: Path) -> Client:
    """Nobody who is known."""
    return Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
