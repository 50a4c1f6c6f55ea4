"""Lists of what a tenant may see, which each database picks in its own way; and what outlives a start."""

from chronovisor.v1 import project_service_pb2, vm_service_pb2
from google.longrunning import operations_pb2

from tests.integration.controlplane.tenants import by, two_tenants

ANNA = by("anna")


async def test_a_tenant_is_listed_its_own_alone(store: str) -> None:
    async with two_tenants(store) as tenants:
        vms = await tenants.vms.ListVms(vm_service_pb2.ListVmsRequest(parent="projects/-"), metadata=ANNA)
        assert [each.name for each in vms.vms] == ["projects/red/vms/only-red", "projects/red/vms/web"]
        projects = await tenants.projects.ListProjects(project_service_pb2.ListProjectsRequest(), metadata=ANNA)
        assert [each.name for each in projects.projects] == ["projects/red"]
        request = operations_pb2.ListOperationsRequest(name="operations")
        own = await tenants.operations.ListOperations(request, metadata=ANNA)
        every = await tenants.operations.ListOperations(request)
        assert 0 < len(own.operations) < len(every.operations)
