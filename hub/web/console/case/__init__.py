"""The page of one case: what was said and done, and everything that a caseworker does there."""
