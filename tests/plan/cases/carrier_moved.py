"""The carrier has another gateway, and more channels."""

from market import market, trunk

from ccstack import model as cc

center = market(trunks=[trunk(gateways=[cc.Gateway(address="203.0.113.21")], max_channels=40)])
