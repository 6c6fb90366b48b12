"""Where past messages would go by other rules."""
