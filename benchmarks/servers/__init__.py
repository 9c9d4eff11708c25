"""What everything that is measured stands on: private servers, processes, and what both of them used."""
