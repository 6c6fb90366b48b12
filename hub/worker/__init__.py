"""What happens without being asked: what is due is sent, fetched, caught up with, learned."""
