from shop import shop, site

from ccstack.model import Queue, Wan

center = shop(
    sites=[site(wan=Wan(bandwidth_mbps="100M", voice_share=50))],
    queues=[Queue(name="sales", home="pbx1", agents=["ada"], ring_time=20000, max_wait="5m")],
)
