"""What return was to be expected?"""
