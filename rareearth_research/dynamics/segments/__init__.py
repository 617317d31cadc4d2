"""Did the level or the slope of a series change at a date?"""
