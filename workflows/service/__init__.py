"""What the doors share: use cases between the wire and the store, and the rules for what comes in."""
