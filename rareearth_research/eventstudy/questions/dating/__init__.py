"""When did the market learn? The sessions at which the news can have come."""
