"""What is forgotten: cases, whom they tell of, and contents of files."""
