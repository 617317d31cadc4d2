"""What was asked before any result was seen, and what came of it?"""
