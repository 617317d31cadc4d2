"""What else is asked of a study?"""
