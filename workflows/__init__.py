"""Workflow executions: the kernel, the models that keep them, the commit path, and the doors that lead to them."""
