"""The web page of a published version: what it says, how it is drawn, how it is written.

Reads one published ``border.duckdb`` and writes a folder of pages that open from disk, offline.
Nothing here computes a figure: what the page shows stands in the marts, or is a difference of two.
"""
