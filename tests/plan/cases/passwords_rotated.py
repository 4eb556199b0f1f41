"""Every derived secret is another one."""

from market import market

from ccstack import model as cc

center = market(secrets=cc.Secrets(epoch=2))
