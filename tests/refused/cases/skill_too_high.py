from shop import shop

from ccstack.model import Agent, Queue, RequiredSkill, Skill

center = shop(
    skills=[Skill(name="spanish")],
    agents=[Agent(name="ada", extension="11", site="shop", skills={"spanish": 4})],
    queues=[Queue(name="sales", home="pbx1", skills=[RequiredSkill(skill="spanish", level=5)], overflow="mailbox")],
)
