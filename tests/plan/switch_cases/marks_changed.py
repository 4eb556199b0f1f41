"""Packets of calls are marked otherwise."""

from office import office

from ccstack import model as cc

center = office(qos=cc.Qos(media_dscp=46, signalling_dscp=26))
