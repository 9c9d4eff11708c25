"""The page at `/`: files that Vite has built from `frontend/`, the view that hands them out, login and logout.

Guarantees: the page holds no data, so that it needs no login itself; what it shows comes from REST and `/ws`, under
their rules. Its links are such that whoever follows one from elsewhere comes to the same place.

Does not: build anything. The built files are part of the package (`make web-build`); nobody needs Node to run sched.
"""
