"""Could it be chance, by comparison with other sessions?"""
