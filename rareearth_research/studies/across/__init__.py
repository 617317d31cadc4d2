"""Do directions, doses, markets and exchanges differ around the same announcements?"""
