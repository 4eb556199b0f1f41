"""What the declared peak needs: channels, media ports, bandwidth."""

from __future__ import annotations

from dataclasses import dataclass

from .index import Index

G711_KBPS = 87.2
"""One direction of a G.711 call with 20 ms frames over Ethernet: 160 + 12 + 8 + 20 + 18 bytes, 50 times a second."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Supply and demand for the declared peak."""

    calls: int
    """Calls at a time at the peak."""
    trunk_channels: int
    """Channels of all trunks together."""
    pbx_streams: dict[str, int]
    """Media streams that the ports of each PBX allow."""
    sbc_streams: dict[str, int]
    """Media streams that the ports of each SBC allow."""
    site_wan_calls: dict[str, int]
    """Calls that the voice share of each site's WAN carries."""


def build_budget(index: Index) -> Budget:
    """Work out the budget."""
    hosts = index["hosts"].values()
    wan = {s.name: s.wan for s in index["sites"].values()}
    return Budget(
        calls=index.center.peak.calls,
        trunk_channels=sum(t.max_channels for t in index["trunks"].values()),
        pbx_streams={h.name: h.pbx.rtp_ports.calls for h in hosts if h.pbx},
        sbc_streams={h.name: h.sbc.rtp_ports.calls for h in hosts if h.sbc},
        site_wan_calls={s: int(w.bandwidth_mbps * 1000 * w.voice_share / G711_KBPS) for s, w in wan.items()},
    )
