"""The deployable project: settings, URLs and logging. Composition only, no logic of its own."""
