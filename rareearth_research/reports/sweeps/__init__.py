"""... and for every combination of parameters? one cell each, on Dask."""
