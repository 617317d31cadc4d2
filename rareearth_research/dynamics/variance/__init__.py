"""Did a series become more nervous around dates?"""
