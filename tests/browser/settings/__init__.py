"""Settings of processes that serve a page which stands in for the built one (`tests.browser.bundle`)."""
