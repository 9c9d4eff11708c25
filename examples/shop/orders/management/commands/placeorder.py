"""`manage.py placeorder ada 4200`: places an order, for who tries the shop out without a storefront."""

from django.core.management.base import BaseCommand

from orders.checkout import place_order


class Command(BaseCommand):
    help = "Places an order."

    def add_arguments(self, parser):
        parser.add_argument("customer")
        parser.add_argument("cents", type=int)

    def handle(self, customer, cents, **_):
        order = place_order(customer, cents)
        self.stdout.write(f"{order}: {order.workflow_id}, run {order.run_id}")
