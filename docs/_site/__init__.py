"""The documentation as a site: `python -m docs._site` puts it into var/docs/site, and refuses what is broken.

The pages are written for a clone: they link to files beside docs/, and name pages by their path. `assembled` makes of
them a tree in which every link leads to a page; zensical makes the site; `links` reads that as a browser would.
"""
