"""A `Design` becomes a `DesiredState`: per host, the files that shall be there, line by line with their origin.

`render.render` does it. Nothing is imported here: most of ccstack wants to know no more than what a state is.
"""
