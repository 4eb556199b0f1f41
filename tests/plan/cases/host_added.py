"""A third PBX, to which nothing was ever deployed."""

from market import market

from ccstack import model as cc

center = market(
    hosts=[
        cc.Host(name="pbx-1", site="hall", address="10.9.10.11", roles=[cc.Pbx()]),
        cc.Host(name="pbx-2", site="hall", address="10.9.10.12", roles=[cc.Pbx()]),
        cc.Host(name="pbx-3", site="hall", address="10.9.10.13", roles=[cc.Pbx()]),
        cc.Host(name="sbc-1", site="hall", address="10.9.10.21", roles=[cc.Sbc()]),
    ],
)
