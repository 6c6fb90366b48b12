"""Calls, callbacks, and the rings of agents' phones."""
