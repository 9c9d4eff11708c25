"""Where what is served over HTTP."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from workflows.api.views.exposition import Exposition

handler400 = "workflows.api.handlers.bad_request"
handler403 = "workflows.api.handlers.permission_denied"
handler404 = "workflows.api.handlers.page_not_found"
handler500 = "workflows.api.handlers.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("workflows.dashboard.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("workflows.api.urls")),
    path("metrics", Exposition.as_view(), name="prometheus-django-metrics"),
]
