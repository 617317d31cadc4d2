"""Is the abnormal return larger than chance, by formula?"""
