"""Real processes for the scenarios: started on free ports, stopped by their ids, their logs shown when a test fails."""
