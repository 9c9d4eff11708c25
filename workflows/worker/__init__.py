"""Workflows and activities of a Django project, and the worker that runs them (`manage.py runtaskworker`).

```python
# shop/sched_activities.py
from workflows.worker import activity


@activity()
def charge(ctx, order_id): ...
```

Modules `sched_workflows` and `sched_activities` of installed apps are imported by the worker, as Django's admin imports
`admin`. To import one registers what it defines; the decorated functions are returned as they are.

Guarantees: an activity meets no connection that Django knows to be closed or broken, and leaves none behind that it has
spoiled (`connections`). Does not: start anything; the worker is the SDK's, in a process of its own.
"""

from sched_sdk.registry import Registry

__all__ = ["activity", "registry", "workflow"]

registry = Registry()
"""What the project's modules have registered."""

workflow = registry.workflow
activity = registry.activity
