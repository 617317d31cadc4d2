"""Does the answer depend on how it is asked? One study under every combination of choices."""
