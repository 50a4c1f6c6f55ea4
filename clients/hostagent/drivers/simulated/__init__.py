"""A host that is simulated: guests without a hypervisor, for demos, benchmarks and tests."""

from hostagent.drivers.simulated.driver import SimulatedDriver

__all__ = ["SimulatedDriver"]
