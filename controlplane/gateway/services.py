"""The services that HTTP reaches: all of the API's but that of agents, who have a connection of their own."""

from google.protobuf.descriptor import ServiceDescriptor

from controlplane.runtime import services

AGENTS = "chronovisor.v1.AgentService"
SERVICES: tuple[ServiceDescriptor, ...] = tuple(each for each in services.SERVICES if each.full_name != AGENTS)
