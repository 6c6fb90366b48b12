"""Addresses that the hub gives out and knows again by its own signature."""
