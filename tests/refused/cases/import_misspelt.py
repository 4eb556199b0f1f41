from ccstack.model import Agents, Queue

center = Queue(name="sales", home="pbx1", agents=[Agents])
