"""The lab's switches: models of command lines, made from the vendors' documents, that drive a real data plane.

Nothing here knows what ccstack renders: a switch must not be read with the code that wrote it.
"""
