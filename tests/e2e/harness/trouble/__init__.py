"""An app that tests put beside the shop's own: activities whose database connection is their subject."""
