"""ProjectService: translates, calls, translates."""

import asyncio

from chronovisor.v1 import project_service_pb2 as api
from chronovisor.v1 import project_service_pb2_grpc
from chronovisor.v1.project_pb2 import Project

from controlplane.domain.command import Answer, Outcome
from controlplane.domain.project import aggregate as domain
from controlplane.queries import as_of, lists
from controlplane.queries.identity import project_then, uid_in
from controlplane.queries.lists import Listing, PinnedPage
from controlplane.rpc.dependencies import Dependencies, ServicerContext
from controlplane.rpc.project.requests import NAME, create_command, delete_command, update_command
from controlplane.rpc.shared.convert import project_message
from controlplane.rpc.shared.read_view import listed, read_of, when, written
from controlplane.rpc.shared.reads_now import project_now, project_with_uid
from controlplane.rpc.shared.validate import named


class ProjectServicer(project_service_pb2_grpc.ProjectServiceServicer):
    """Projects: made, changed and ended, and what they are and were."""

    def __init__(self, reach: Dependencies) -> None:
        self._reach = reach

    async def _answer(self, outcome: Outcome[Answer]) -> Project:
        """The project as the command left it; as it is, where the command was carried out before."""
        if outcome.answer is not None and isinstance(outcome.answer.resource, domain.Project):
            return project_message(outcome.answer.resource)
        assert outcome.repeated is not None
        reach, result = self._reach, outcome.repeated.result
        uid = uid_in(result)
        if not uid:
            # Recorded by name, as answers once were: whose name it was then.
            await written(reach, outcome.position)
            uid = (await asyncio.to_thread(project_then, reach.history_reader, result, outcome.position)).uid
        return project_message(await project_with_uid(reach, uid))

    async def CreateProject(self, request: api.CreateProjectRequest, context: ServicerContext) -> Project:
        outcome, _ = await self._reach.mutate("CreateProject", request, context, create_command(request))
        return await self._answer(outcome)

    async def UpdateProject(self, request: api.UpdateProjectRequest, context: ServicerContext) -> Project:
        outcome, _ = await self._reach.mutate("UpdateProject", request, context, update_command(request))
        return await self._answer(outcome)

    async def DeleteProject(self, request: api.DeleteProjectRequest, context: ServicerContext) -> Project:
        outcome, _ = await self._reach.mutate("DeleteProject", request, context, delete_command(request))
        return await self._answer(outcome)

    async def GetProject(self, request: api.GetProjectRequest, context: ServicerContext) -> Project:
        named(request.name, NAME)
        reach, at = self._reach, await when(self._reach, request, context)
        if at.now:
            return project_message(await project_now(reach, request.name))
        await written(reach, at.position)
        return project_message(await asyncio.to_thread(as_of.project, reach.history_reader, request.name, at.position))

    async def ListProjects(
        self, request: api.ListProjectsRequest, context: ServicerContext
    ) -> api.ListProjectsResponse:
        listing = Listing(size=request.page_size, token=request.page_token, read=read_of(request))
        page, messages, read_time = await listed(
            self._reach, "projects", listing, request, context, lists.projects, _messages
        )
        return api.ListProjectsResponse(
            projects=messages,
            next_page_token=page.next_page_token,
            position=page.position,
            read_time=read_time,
        )


def _messages(page: PinnedPage[domain.Project]) -> list[Project]:
    return [project_message(project) for project in page.items]
