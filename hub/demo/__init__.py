"""The demo council, its people and a morning's traffic, for first use and for showing."""
