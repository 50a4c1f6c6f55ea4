"""ProjectService: translates, calls, translates."""

import asyncio
from functools import partial

from chronovisor.v1 import project_service_pb2 as api
from chronovisor.v1 import project_service_pb2_grpc
from chronovisor.v1.project_pb2 import Project
from uuid_utils import uuid7

from controlplane.commands import project as commands
from controlplane.commands.project import CreateProject
from controlplane.domain import project as domain
from controlplane.domain.policy import DEFAULT_POLICY, BadPolicy, Policy, parse_policy
from controlplane.queries import inventory as queries
from controlplane.queries import lists, past
from controlplane.queries.lists import Listing
from controlplane.rpc.convert import project_message
from controlplane.rpc.reach import Reach, ServicerContext
from controlplane.rpc.read_at import listed, read_of, when, written
from controlplane.rpc.validate import Rules, named


def _policy(rules: Rules, text: str) -> Policy:
    try:
        return parse_policy(text)
    except BadPolicy as error:
        rules.check(False, "project.placement_policy", str(error))
        return DEFAULT_POLICY


class ProjectServicer(project_service_pb2_grpc.ProjectServiceServicer):
    """Projects: making them, and what they are now."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def CreateProject(self, request: api.CreateProjectRequest, context: ServicerContext) -> Project:
        rules = Rules()
        rules.id(request.project_id, "project_id")
        rules.mutation(request.request_id, request.reason)
        rules.labels(request.project.labels, "project.labels")
        rules.check(len(request.project.display_name) <= 255, "project.display_name", "has at most 255 characters")
        quota = rules.amounts(request.project.quota, "project.quota")
        policy = _policy(rules, request.project.placement_policy)
        rules.done()
        name, given = f"projects/{request.project_id}", request.project
        command = CreateProject(str(uuid7()), name, given.display_name, dict(given.labels), quota, policy)
        outcome, _ = await self._reach.mutate(
            "CreateProject", request, context, partial(commands.create, command=command)
        )
        if outcome.answer is None or not isinstance(outcome.answer.resource, domain.Project):
            return project_message(queries.project(self._reach.inventory, name))
        return project_message(outcome.answer.resource)

    async def GetProject(self, request: api.GetProjectRequest, context: ServicerContext) -> Project:
        named(request.name, "projects/{project}")
        reach, at = self._reach, await when(self._reach, request, context)
        if at.now:
            return project_message(queries.project(reach.inventory, request.name))
        await written(reach, at.position)
        return project_message(await asyncio.to_thread(past.project, reach.timeline, request.name, at.position))

    async def ListProjects(
        self, request: api.ListProjectsRequest, context: ServicerContext
    ) -> api.ListProjectsResponse:
        listing = Listing(size=request.page_size, token=request.page_token, read=read_of(request))
        page, read_time = await listed(self._reach, "projects", listing, request, context, lists.projects)
        return api.ListProjectsResponse(
            projects=[project_message(project) for project in page.items],
            next_page_token=page.next_page_token,
            position=page.position,
            read_time=read_time,
        )
