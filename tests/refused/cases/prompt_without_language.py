from shop import shop

from ccstack.model import Announcement, Voicemail

center = shop(
    voicemails=[Voicemail(name="mailbox", extension="19", greeting="Leave a message.")],
    announcements=[Announcement(name="bye", prompt={"english": "Good bye."})],
)
