"""Which tables of one's own stand before those that ship, and how are they read?"""
