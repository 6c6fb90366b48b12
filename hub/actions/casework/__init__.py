"""What agents do to cases, who holds them, and who hears of it."""
