"""WebSocket: subscriptions to what REST answers once. It knows REST's documents, rules and credentials, and no more."""
