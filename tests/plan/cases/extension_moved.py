"""An agent is dialed by other digits, and so is the mailbox, which says something else."""

from market import market

from ccstack import model as cc

center = market(
    agents=[
        cc.Agent(name="ada", extension="14", site="hall"),
        cc.Agent(name="bob", extension="12", site="hall"),
    ],
    voicemails=[cc.Voicemail(name="mailbox", extension="20", greeting={"en": "Leave a message, please."})],
)
