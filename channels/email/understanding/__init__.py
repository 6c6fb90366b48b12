"""What a mail says, from its raw bytes."""
