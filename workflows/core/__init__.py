"""The kernel: what a workflow execution is, and what each input does to it.

Pure: no Django, no I/O, no clock, no randomness. `decide` turns a state and an input into a transition, `evolve` folds
one event into a state, `effects` says what must be outstanding because of a state.
"""
