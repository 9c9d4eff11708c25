"""REST: doors over HTTP. They parse, check who asks, call one function below, and answer."""
