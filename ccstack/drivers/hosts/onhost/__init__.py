"""What runs on the host: plain Python of the standard library, packed into one file and sent along.

It writes a release, tries it out in namespaces of its own, puts it in place, has the processes follow, reads back
what they say they have, and puts the old files back when that is not what it should be. Python 3.9 or newer.
"""
