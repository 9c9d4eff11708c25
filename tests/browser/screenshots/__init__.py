"""`make screenshots`: each page of the dashboard in each of its states, themes and widths, as pictures to look at.

```
 __main__   what was asked; starts the sites, takes the pictures, ends
 shop       fills a site with all that pages have to show
 worker     the workflows it is filled with
 views      pages, how each is reached, and in which states it is worth a look
 states     empty, loaded, error, lost: what the browser is answered
 camera     one page until it has settled, then in each theme and width
```

Two runs give the same pictures but for ids, and what the demo's clocks add: time stands still in the page, motion is
reduced, and nothing is taken before two looks in a row are the same.
"""
