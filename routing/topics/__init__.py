"""Topics that are learned from how people sorted messages."""
