"""When a case is due, and what the hub does by itself at a moment."""
