"""Somebody new, who answers for sales."""

from market import market, sales

from ccstack import model as cc

center = market(
    agents=[
        cc.Agent(name="ada", extension="11", site="hall"),
        cc.Agent(name="bob", extension="12", site="hall"),
        cc.Agent(name="cleo", extension="13", site="hall"),
    ],
    queues=[
        sales(agents=["ada", "bob", "cleo"]),
        cc.Queue(name="support", home="pbx-2", standby="pbx-1", agents=["bob"], overflow="mailbox"),
    ],
)
