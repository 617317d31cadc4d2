"""When did the level, or the trend, of a series change, and is it more than chance shows?

`find_breaks` finds all partitions at once and says by which rule how many breaks; `nearest_policy`
asks how near they are to policy events.
"""
