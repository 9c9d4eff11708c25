"""What is measured, one idea a file; `catalogue` lists them."""
