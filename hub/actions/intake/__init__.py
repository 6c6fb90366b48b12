"""What citizens and providers said, on its way into cases."""
