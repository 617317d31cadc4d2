"""What would have happened to a series, as a mixture of others tells it?"""
