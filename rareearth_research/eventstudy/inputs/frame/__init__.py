"""What are the rows of the returns, and can their values be returns at all?"""
