"""Looking into mailboxes."""
