"""Suites that live in the packages have their assertions explained as those here."""

import pytest

pytest.register_assert_rewrite("dispatch.testing")
pytest.register_assert_rewrite("tests.contracts.store_suite")
