package dev.chronovisor.client;

import dev.chronovisor.v1.CreateProjectRequest;
import dev.chronovisor.v1.DeleteProjectRequest;
import dev.chronovisor.v1.GetProjectRequest;
import dev.chronovisor.v1.ListProjectsRequest;
import dev.chronovisor.v1.ListProjectsResponse;
import dev.chronovisor.v1.Project;
import dev.chronovisor.v1.ProjectServiceGrpc;
import dev.chronovisor.v1.UpdateProjectRequest;

/** The tenants that VMs belong to. A name is {@code shop} or {@code projects/shop}. */
public final class Projects {
  private final Chronovisor chronovisor;

  Projects(Chronovisor chronovisor) {
    this.chronovisor = chronovisor;
  }

  /** A new project, without a quota. */
  public Project create(String id) {
    return create(CreateProjectRequest.newBuilder().setProjectId(id).build());
  }

  /** A new project. */
  public Project create(CreateProjectRequest request) {
    return chronovisor.call(ProjectServiceGrpc.getCreateProjectMethod(), request);
  }

  /** One project, now. */
  public Project get(String name) {
    GetProjectRequest request = GetProjectRequest.newBuilder().setName(Names.project(name)).build();
    return chronovisor.call(ProjectServiceGrpc.getGetProjectMethod(), request);
  }

  /** All projects. */
  public Pager<ListProjectsResponse, Project> list() {
    return list(ListProjectsRequest.getDefaultInstance());
  }

  /** All projects, now or then. */
  public Pager<ListProjectsResponse, Project> list(ListProjectsRequest request) {
    return chronovisor.list(
        ProjectServiceGrpc.getListProjectsMethod(), request, ListProjectsResponse::getProjectsList);
  }

  /** Changes display name, labels, quota or policies. */
  public Project update(UpdateProjectRequest request) {
    return chronovisor.call(ProjectServiceGrpc.getUpdateProjectMethod(), request);
  }

  /** Ends a project that has no VMs. Its history stays. */
  public Project delete(String name) {
    DeleteProjectRequest request =
        DeleteProjectRequest.newBuilder().setName(Names.project(name)).build();
    return chronovisor.call(ProjectServiceGrpc.getDeleteProjectMethod(), request);
  }
}
