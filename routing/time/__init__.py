"""Opening hours, targets and statutory clocks."""
