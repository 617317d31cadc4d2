"""Raw to clean: one module per family of tables, each with pure functions and ``TABLES``."""
