"""From quotations of each market to one table of prices, with flags and seams."""
