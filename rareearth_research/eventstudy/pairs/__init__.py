"""Which security, which event, which sessions, and which pairs are left out?"""
