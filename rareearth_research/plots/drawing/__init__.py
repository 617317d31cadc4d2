"""How is a picture drawn, whatever it shows? One look, free labels, the widths of a print."""
