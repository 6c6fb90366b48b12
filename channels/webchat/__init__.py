"""Chat on the council's website: an embeddable script and a socket whose conversation survives reloads."""
