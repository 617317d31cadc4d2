"""Did it move? Every method that can answer, side by side, each with its own check."""
