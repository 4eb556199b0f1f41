"""Acme Retail for live tests.

Prompts are tones, menus wait for two seconds, agents need no rest, and numbers lead past the opening hours, so that
any hour will do. Desk phones, switches and what they start from are left to tests of their own.
"""

from ccstack.model import Number, Queue
from examples.acme_retail.center import center as acme

DIRECT = {
    "+12125550130": "language",
    "+12125550131": "main-en",
    "+12125550132": "sales-es",
    "+12125550133": "support",
    "+12125550134": "orders",
    "+12125550135": "after-hours",
    "+12125550136": "stores",
    "+12125550137": "ana",
    "+12125550138": "tiny",
}
TINY = Queue(
    name="tiny",
    extension="6090",
    home="den-pbx",
    standby="nyc-pbx",
    agents=("nils",),
    max_callers=1,
    max_wait=20,
    wrap_up=0,
    overflow="call-back",
)

center = acme.model_copy(
    update={
        "name": "acme-tones",
        "speech": "tones",
        "hosts": tuple(host for host in acme.hosts if host.pbx or host.sbc),
        "switches": (),
        "stations": (),
        "phones": (),
        "menus": tuple(menu.model_copy(update={"timeout": 2}) for menu in acme.menus),
        "queues": (*(queue.model_copy(update={"wrap_up": 0}) for queue in acme.queues), TINY),
        "numbers": (*acme.numbers, *(Number(number=n, to=to, test=True) for n, to in DIRECT.items())),
    }
)
