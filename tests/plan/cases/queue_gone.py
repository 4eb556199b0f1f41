"""A queue goes, and its number leads to the other one."""

from market import market

from ccstack import model as cc

center = market(
    numbers=[
        cc.Number(number="+13125550100", to="support"),
        cc.Number(number="+13125550101", to="support"),
    ],
    queues=[cc.Queue(name="support", home="pbx-2", standby="pbx-1", agents=["bob"], overflow="mailbox")],
)
