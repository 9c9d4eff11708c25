"""What else a team would install: each peer under an interpreter and packages of its own.

`requirements/<peer>.txt` pins its packages; `run_<peer>.py` is the process that is measured, with its settings and why
they are its best. Those scripts import the peer, and nothing of sched.
"""
