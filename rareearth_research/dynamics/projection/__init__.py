"""How does a series respond to a shock, horizon by horizon?"""
