"""The blueprint's hosts and networks, raised on this machine as network namespaces and real systemd hosts.

The package imports nothing of `render/`: what the lab plays must not be read with the code that wrote it.
"""
