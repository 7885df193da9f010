"""The kinds of report there are, each in a module of its own (see `reports.catalogue`)."""
