"""ProjectService: translates, calls, translates."""

from chronovisor.v1 import project_service_pb2 as api
from chronovisor.v1 import project_service_pb2_grpc
from chronovisor.v1.project_pb2 import Project

from controlplane.domain.command import Answer, Outcome
from controlplane.domain.project import aggregate as domain
from controlplane.domain.time import timestamp_if_known
from controlplane.queries import lists
from controlplane.queries.as_of import AsOf
from controlplane.queries.identity import project_then, uid_in
from controlplane.queries.lists import Listing
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import Commands, ServicerContext
from controlplane.rpc.project.requests import NAME, create_command, delete_command, update_command
from controlplane.rpc.shared.convert import project_message
from controlplane.rpc.shared.listing import listing_of, mark_total
from controlplane.rpc.shared.read_position import read_position
from controlplane.rpc.shared.validate import named


class ProjectServicer(project_service_pb2_grpc.ProjectServiceServicer):
    """Projects: made, changed and ended, and what they are and were."""

    def __init__(self, commands: Commands, reads: Reads) -> None:
        self._commands = commands
        self._reads = reads

    async def _answer(self, outcome: Outcome[Answer]) -> Project:
        """The project as the command left it; as it is, where the command was carried out before."""
        if outcome.answer is not None and isinstance(outcome.answer.resource, domain.Project):
            return project_message(outcome.answer.resource)
        assert outcome.repeated is not None
        reads, result = self._reads, outcome.repeated.result
        uid = uid_in(result)
        if not uid:
            # Recorded by name, as answers once were: whose name it was then.
            uid = (await reads.rows(outcome.position, lambda view: project_then(view.rows, result))).uid
        return project_message(await reads.view(reads.here, lambda view: view.project_with(uid)))

    async def CreateProject(self, request: api.CreateProjectRequest, context: ServicerContext) -> Project:
        outcome, _ = await self._commands.submit("CreateProject", request, context, create_command(request))
        return await self._answer(outcome)

    async def UpdateProject(self, request: api.UpdateProjectRequest, context: ServicerContext) -> Project:
        outcome, _ = await self._commands.submit("UpdateProject", request, context, update_command(request))
        return await self._answer(outcome)

    async def DeleteProject(self, request: api.DeleteProjectRequest, context: ServicerContext) -> Project:
        outcome, _ = await self._commands.submit("DeleteProject", request, context, delete_command(request))
        return await self._answer(outcome)

    async def GetProject(self, request: api.GetProjectRequest, context: ServicerContext) -> Project:
        named(request.name, NAME)
        at = await read_position(self._reads, request, context)
        return project_message(await self._reads.view(at, lambda view: view.project(request.name)))

    async def ListProjects(
        self, request: api.ListProjectsRequest, context: ServicerContext
    ) -> api.ListProjectsResponse:
        listing = listing_of(request)
        at = await read_position(self._reads, request, context)
        position = lists.pinned(listing, "projects") or at.position
        return await self._reads.scan(position, lambda view: _response(view, listing))


def _response(view: AsOf, listing: Listing) -> api.ListProjectsResponse:
    page = lists.projects(view.rows, listing)
    response = api.ListProjectsResponse(
        projects=[project_message(project) for project in page.items],
        next_page_token=page.next_page_token,
        position=view.position,
        read_time=timestamp_if_known(view.time()),
    )
    mark_total(response, page.total)
    return response
