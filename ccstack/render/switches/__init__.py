"""A switch's own configuration language: VLANs, phone ports and uplinks as its running configuration shows them.

One module a platform writes the lines and says which parts of the configuration are ccstack's. Text from people goes
through `words.py`, which leaves nothing in it that a command line would act on.
"""

from __future__ import annotations

from collections.abc import Callable

from ccstack.design import Design
from ccstack.model.switch import Platform, Switch
from ccstack.render.state import SwitchState

from .aoscx import aoscx
from .cisco import ios, ios_xe
from .eos import eos
from .junos import junos

WRITERS: dict[Platform, Callable[[Design, Switch], SwitchState]] = {
    "cisco-ios": ios,
    "cisco-ios-xe": ios_xe,
    "arista-eos": eos,
    "aruba-aoscx": aoscx,
    "juniper-junos": junos,
}


def switches(design: Design) -> tuple[SwitchState, ...]:
    """What every switch shall have, in the blueprint's order. Raises `RenderError` for a name that is too long."""
    return tuple(WRITERS[switch.platform](design, switch) for switch in design.index["switches"].values())
