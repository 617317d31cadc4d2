"""How does a study of one's own begin, and what will be studied in it?"""
