"""What stands in a cell, and what does it mean? Letters, grids, dates and numbers."""
