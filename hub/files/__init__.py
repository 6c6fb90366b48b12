"""The contents of attachments: stored, scanned, handed in."""
