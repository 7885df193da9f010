"""Pages of sessions and evidence, and of the months that are locked."""
