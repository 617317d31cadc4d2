"""How is the answer of a study of slow series said?"""
