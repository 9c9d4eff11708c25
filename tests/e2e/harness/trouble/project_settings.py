"""The shop's settings with this app, and with connections as a test wants them."""

import json
import os

from shop.settings import *  # type: ignore[import-not-found] # noqa: F403 # of the copy that a test has made
from shop.settings import INSTALLED_APPS as SHOP_APPS

from schedproject.databases import postgres

INSTALLED_APPS = [*SHOP_APPS, "trouble"]
MORE = json.loads(os.environ.get("TROUBLE_DATABASE", "{}"))
POOL = MORE.pop("pool", None)
DATABASES = {"default": postgres(os.environ["SHOP_POSTGRES_DSN"], pooled=False) | MORE}
if POOL:
    DATABASES["default"]["OPTIONS"]["pool"] = POOL
