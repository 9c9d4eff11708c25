"""Views: one class for each path."""
