"""Generated from protos/sched/v1 by `make protos`; do not edit."""
