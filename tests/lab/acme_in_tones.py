"""Acme Retail for live tests: prompts are tones, and numbers lead past the opening hours, so that any hour will do."""

from ccstack.model import Number
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
}

center = acme.model_copy(
    update={
        "name": "acme-tones",
        "speech": "tones",
        "numbers": (*acme.numbers, *(Number(number=n, to=to, test=True) for n, to in DIRECT.items())),
    }
)
