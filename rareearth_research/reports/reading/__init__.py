"""How is what a user typed for a parameter read, and does it mean something?"""
