"""Generated messages and stubs of the gRPC contract, by version."""
