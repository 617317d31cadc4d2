"""How far do the pairs of a study move together, and why?"""
