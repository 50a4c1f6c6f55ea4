/** Calls about hosts and projects, by short names. */

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Client as Stub } from "@connectrpc/connect";
import { type Host, HostSchema } from "./gen/chronovisor/v1/host_pb.js";
import type { HostService, ListHostsResponse } from "./gen/chronovisor/v1/host_service_pb.js";
import { type Project, ProjectSchema } from "./gen/chronovisor/v1/project_pb.js";
import type { ListProjectsResponse, ProjectService } from "./gen/chronovisor/v1/project_service_pb.js";
import { hostName, projectName } from "./names.js";
import {
  type ChangeOptions,
  callOptions,
  change,
  defined,
  type EtagOptions,
  type ListOptions,
  type ReadOptions,
  readAt,
} from "./options.js";
import { type Listing, listing } from "./pages.js";

/** `client.hosts`. Hosts are named by their id or their whole name. */
export class Hosts {
  readonly #stub: Stub<typeof HostService>;

  constructor(stub: Stub<typeof HostService>) {
    this.#stub = stub;
  }

  /** Makes a host known before its agent is there. */
  register(
    id: string,
    host: MessageInitShape<typeof HostSchema>,
    options: ChangeOptions = {},
  ): Promise<Host> {
    return this.#stub.registerHost({ hostId: id, host, ...change(options) }, callOptions(options));
  }

  get(name: string, options: ReadOptions = {}): Promise<Host> {
    return this.#stub.getHost({ name: hostName(name), ...readAt(options) }, callOptions(options));
  }

  list(
    options: ListOptions & { readonly filter?: string | undefined } = {},
  ): Listing<Host, ListHostsResponse> {
    const { filter, pageSize = 1000 } = options;
    return listing(
      this.#stub.listHosts,
      { ...readAt(options), ...defined({ filter, pageSize }) },
      "hosts",
      callOptions(options),
    );
  }

  /** Changes the fields that the mask names. */
  update(
    name: string,
    changes: MessageInitShape<typeof HostSchema>,
    mask: readonly string[],
    options: EtagOptions = {},
  ): Promise<Host> {
    const host = { ...create(HostSchema, changes), name: hostName(name), ...defined({ etag: options.etag }) };
    return this.#stub.updateHost(
      { host, updateMask: { paths: [...mask] }, ...change(options) },
      callOptions(options),
    );
  }

  /** No new VMs on it; it keeps what it has. */
  cordon(name: string, options: EtagOptions = {}): Promise<Host> {
    return this.#stub.cordonHost(target(hostName(name), options), callOptions(options));
  }

  uncordon(name: string, options: EtagOptions = {}): Promise<Host> {
    return this.#stub.uncordonHost(target(hostName(name), options), callOptions(options));
  }
}

/** `client.projects`. Projects are named by their id, uid or whole name. */
export class Projects {
  readonly #stub: Stub<typeof ProjectService>;

  constructor(stub: Stub<typeof ProjectService>) {
    this.#stub = stub;
  }

  create(
    id: string,
    project: MessageInitShape<typeof ProjectSchema> = {},
    options: ChangeOptions = {},
  ): Promise<Project> {
    return this.#stub.createProject({ projectId: id, project, ...change(options) }, callOptions(options));
  }

  get(name: string, options: ReadOptions = {}): Promise<Project> {
    return this.#stub.getProject({ name: projectName(name), ...readAt(options) }, callOptions(options));
  }

  list(options: ListOptions = {}): Listing<Project, ListProjectsResponse> {
    const { pageSize = 1000 } = options;
    return listing(
      this.#stub.listProjects,
      { ...readAt(options), pageSize },
      "projects",
      callOptions(options),
    );
  }

  /** Changes the fields that the mask names. */
  update(
    name: string,
    changes: MessageInitShape<typeof ProjectSchema>,
    mask: readonly string[],
    options: EtagOptions = {},
  ): Promise<Project> {
    const project = {
      ...create(ProjectSchema, changes),
      name: projectName(name),
      ...defined({ etag: options.etag }),
    };
    return this.#stub.updateProject(
      { project, updateMask: { paths: [...mask] }, ...change(options) },
      callOptions(options),
    );
  }

  /** A project without VMs is gone; its history stays. */
  delete(name: string, options: EtagOptions = {}): Promise<Project> {
    return this.#stub.deleteProject(target(projectName(name), options), callOptions(options));
  }
}

function target(name: string, options: EtagOptions) {
  return { name, ...defined({ etag: options.etag }), ...change(options) };
}
