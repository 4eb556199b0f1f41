"""A bad line: carries Ethernet frames between two network namespaces, late, and not all of them.

The kernel's own netem is not on every machine. This is one process with a TAP device in either namespace, so that
segmentation and checksum offloads are undone by the kernel before a frame is delayed or lost. It runs as a script of
its own (`relay.py SPACE TAP SPACE TAP DELAY_MS LOSS_PERCENT READY`), makes the file READY when both devices are there,
and its devices vanish with it.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
"""linux/if_tun.h"""
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
CLONE_NEWNET = 0x40000000
"""linux/sched.h"""
LONGEST_FRAME = 65_536
QUEUE_FRAMES = 100_000
"""More than this waiting is a flood; what comes then is lost, as on any line."""


def open_tap(space: str, name: str) -> int:
    """A new TAP device in the namespace at path `space`; returns its descriptor. OSError if it cannot be made."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(space) as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {space}")
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def relay(a: int, b: int, delay_s: float, loss: float, chance: random.Random) -> None:
    """Carry frames for ever, each direction delayed by `delay_s` seconds and losing the share `loss` of its frames."""
    other = {a: b, b: a}
    waiting: list[tuple[float, int, int, bytes]] = []
    count = 0
    while True:
        pause = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select([a, b], [], [], pause)
        now = time.monotonic()
        for tap in ready:
            for frame in _frames(tap):
                if chance.random() >= loss and len(waiting) < QUEUE_FRAMES:
                    count += 1
                    heapq.heappush(waiting, (now + delay_s, count, other[tap], frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, tap, frame = heapq.heappop(waiting)
            _send(tap, frame)


def _frames(tap: int) -> list[bytes]:
    frames = []
    for _ in range(64):
        try:
            frames.append(os.read(tap, LONGEST_FRAME))
        except BlockingIOError:
            break
    return frames


def _send(tap: int, frame: bytes) -> None:
    try:
        os.write(tap, frame)
    except OSError:
        return  # the device is down or full: the frame is lost, as on any line


def main(argv: list[str]) -> None:
    """Run until killed."""
    space_a, tap_a, space_b, tap_b, delay_ms, loss_percent, ready = argv
    a, b = open_tap(space_a, tap_a), open_tap(space_b, tap_b)
    os.close(os.open(ready, os.O_CREAT | os.O_WRONLY, 0o600))
    # The same losses in every run: a test that fails can be run again.
    relay(a, b, float(delay_ms) / 1000, float(loss_percent) / 100, random.Random(1))  # noqa: S311


if __name__ == "__main__":
    main(sys.argv[1:])
