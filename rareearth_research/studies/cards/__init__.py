"""What would be unusual, before prices are in; and what came, by the same specification?"""
