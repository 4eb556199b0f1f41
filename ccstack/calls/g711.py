"""G.711 (ITU-T) by table: mu-law and A-law to linear and back, numpy arrays in and out."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Law = Literal["PCMU", "PCMA"]
Linear = NDArray[np.int16]


def _mu_to_linear() -> Linear:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_to_linear() -> Linear:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment = (code >> 4) & 7
    step = ((code & 0x0F) << 4) + 8
    magnitude = np.where(segment == 0, step, (step + 0x100) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _to_code(table: Linear) -> NDArray[np.uint8]:
    """The nearest code for each of the 65536 linear values, by the decoder's own table."""
    order = np.argsort(table, kind="stable")
    values = table[order].astype(np.int32)
    edges = (values[:-1] + values[1:]) / 2
    linear = np.arange(-32768, 32768)
    return order[np.searchsorted(edges, linear, side="right")].astype(np.uint8)


_DECODE: dict[Law, Linear] = {"PCMU": _mu_to_linear(), "PCMA": _a_to_linear()}
_ENCODE: dict[Law, NDArray[np.uint8]] = {law: _to_code(table) for law, table in _DECODE.items()}
SILENCE: dict[Law, bytes] = {law: bytes([int(codes[32768])]) for law, codes in _ENCODE.items()}


def encode(law: Law, samples: NDArray[np.float64]) -> bytes:
    """Samples from -1 to 1 as G.711 bytes; louder ones are clipped."""
    linear = np.clip(np.rint(samples * 32767), -32768, 32767).astype(np.int32)
    return _ENCODE[law][linear + 32768].tobytes()


def decode(law: Law, data: bytes) -> Linear:
    """G.711 bytes as 16-bit samples."""
    return _DECODE[law][np.frombuffer(data, dtype=np.uint8)]
