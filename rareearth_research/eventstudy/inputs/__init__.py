"""Is what was given a study? Every argument is judged before any work is done."""
