"""Orders in the shop's own admin, each with a link to its execution."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from orders.models import Order
from workflows.client import signal_workflow


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """The warehouse marks orders as packed here."""

    list_display = ("__str__", "cents", "status", "execution")
    readonly_fields = ("execution",)
    actions = ("mark_as_packed",)

    @admin.display(description="Execution")
    def execution(self, order):
        """In the same admin, below Workflows."""
        if order.run_id is None:
            return "-"
        address = reverse("admin:sched_workflows_execution_change", args=[order.run_id])
        return format_html('<a href="{}">{}</a>', address, order.workflow_id)

    @admin.action(description="Mark as packed", permissions=["change"])
    def mark_as_packed(self, request, orders):
        """The workflows that wait for it go on once this request's transaction has committed."""
        for order in orders:
            signal_workflow(order.workflow_id, "packed", {"by": request.user.get_username()})
