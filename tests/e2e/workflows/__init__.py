"""Workflows and activities of the scenarios, beside the demo's; one worker serves them all."""
