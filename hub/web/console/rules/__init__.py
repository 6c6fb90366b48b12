"""The pages on which rules are written, tried, replayed, published and brought back."""
