"""Histories that must replay for ever: each is a run that a user may have open. They are added to, never edited."""
