"""What pytest leaves alone here."""

collect_ignore = ["data"]  # what the tests give to others to load
