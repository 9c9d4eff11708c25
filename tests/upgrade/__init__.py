"""Old and new code on one database: what runs side by side, what a migration may do, what a message may bring."""
