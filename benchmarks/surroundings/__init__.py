"""What is done, what strikes, and what is sent, for `benchmarks/faults.py`."""
