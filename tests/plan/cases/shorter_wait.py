"""One field of one queue."""

from market import market, sales

from ccstack import model as cc

center = market(
    queues=[
        sales(max_wait=240),
        cc.Queue(name="support", home="pbx-2", standby="pbx-1", agents=["bob"], overflow="mailbox"),
    ],
)
