"""The image, the composition and the wheels: what they say is read by real parsers, and run."""
