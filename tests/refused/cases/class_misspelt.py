from shop import shop

from ccstack import model as cc

mailbox = cc.VoiceMail(name="mailbox", extension="19", greeting={"en": "Leave a message."})
center = shop(voicemails=[mailbox])
