"""What was found, as arrays, frames and words?"""
