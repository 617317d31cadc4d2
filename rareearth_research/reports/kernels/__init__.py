"""How does a notebook get its kernel? In a folder of its own, and forked from a warm parent."""
