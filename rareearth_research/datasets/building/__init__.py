"""How do raw files become clean ones, and are the clean ones what was built?"""
