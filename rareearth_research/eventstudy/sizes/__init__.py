"""How often is each test wrong? Studies in which nothing happened, drawn and counted."""
