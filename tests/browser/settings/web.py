"""As those of the web process, with a folder of static files that come first."""

import os

from schedproject.settings.web import *  # noqa: F403
from tests.browser.bundle import STATIC

STATICFILES_DIRS = [os.environ[STATIC]]
