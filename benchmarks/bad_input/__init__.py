"""Bad input on purpose: right calls, what is done to them, and how the outcome is judged."""
