"""What leaves: answers are written, wait in the outbox, and become what the provider made of them."""
