"""What is known? One file per family of tables: filters and indexes, no figure changed."""
