"""What does a user's own file hold? Read exactly, and said, or refused with the way to read it."""
