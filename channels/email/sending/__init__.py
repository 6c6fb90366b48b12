"""Mail from the hub."""
