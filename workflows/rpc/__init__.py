"""gRPC: the doors for workers and clients. Parse, check, call one service, answer; no rules live here."""
