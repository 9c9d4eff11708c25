"""What the shop knows of its orders."""

from django.db import models


class Order(models.Model):
    """An order, and the execution that brings it to the customer."""

    class Status(models.TextChoices):
        PLACED = "placed"
        PAID = "paid"
        SHIPPED = "shipped"
        GIVEN_UP = "given up"

    customer = models.CharField(max_length=100)
    cents = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=Status, default=Status.PLACED)
    run_id = models.UUIDField(null=True, editable=False)

    def __str__(self) -> str:
        return f"Order {self.pk} of {self.customer}"

    @property
    def workflow_id(self) -> str:
        """By which the order's execution is found."""
        return f"order-{self.pk}"


class Payment(models.Model):
    """Money that was taken, once for each order."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE)
    cents = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.cents} for {self.order}"
