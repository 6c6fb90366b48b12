"""Calls between the line, agents' phones and the cases."""
