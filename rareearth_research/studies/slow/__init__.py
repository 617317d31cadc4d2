"""How is an answer about a slow series judged, and does it survive being asked otherwise?"""
