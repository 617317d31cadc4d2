"""What would have happened to a series, had it gone on as before?"""
