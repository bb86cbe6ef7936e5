"""Messages as Block Kit: the only place with sentences that people read."""
