"""How does a run read? Its notebook as a page, and what a reader may take away of it."""
