"""`make demo`: every workflow of the demo worker, run to its end and compared with what it is known to do."""
