"""The outside world for demos and tests: a carrier, a phone, a mailbox and a website with pretend citizens.

No channel (it has no adapter.py): it meets the hub only over HTTP, SMTP and WebSocket, as the real providers do.
"""
