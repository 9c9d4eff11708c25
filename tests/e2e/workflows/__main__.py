"""`python -m tests.e2e.workflows`: a worker, configured by the environment."""

import importlib
import pkgutil

import sched_sdk.demo
from sched_sdk.client import Client

import tests.e2e.workflows
from tests.e2e.workflows.registry import registry


def register_all() -> None:
    """To import a module is to register what it defines."""
    for package in (sched_sdk.demo, tests.e2e.workflows):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def main() -> None:
    register_all()
    with Client(registry=registry) as client:
        client.run_worker()


if __name__ == "__main__":
    main()
