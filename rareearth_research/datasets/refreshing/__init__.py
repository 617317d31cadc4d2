"""What does a refresh change, and is it believable?"""
