"""Which runs are there? Found by name or id, compared, listed on one page, kept elsewhere."""
