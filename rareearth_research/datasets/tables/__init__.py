"""What is a clean table: its columns and words, its bytes, and the data package that lists it?"""
