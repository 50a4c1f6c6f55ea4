/** Calls about who may do what, by short names. Policies, which bind roles, are google.iam.v1's, and not here. */

import type { Client as Stub } from "@connectrpc/connect";
import type {
  AccessService,
  ExplainAccessResponse,
  Role,
  WhoAmIResponse,
} from "./gen/chronovisor/v1/access_service_pb.js";
import {
  type ChangeOptions,
  callOptions,
  change,
  defined,
  type EtagOptions,
  type ReadOptions,
  type RequestOptions,
  readAt,
} from "./options.js";

export interface ExplainOptions extends ReadOptions {
  /** Of the principal, `group:NAME` each: the server knows those of nobody who does not call. */
  readonly groups?: readonly string[] | undefined;
}

/** `client.access`. A role is named by its whole name, `roles/viewer`. */
export class Access {
  readonly #stub: Stub<typeof AccessService>;

  constructor(stub: Stub<typeof AccessService>) {
    this.#stub = stub;
  }

  /** Who the caller is to the server, how that was proven, and which roles it has. */
  whoAmI(options: RequestOptions = {}): Promise<WhoAmIResponse> {
    return this.#stub.whoAmI({}, callOptions(options));
  }

  /** Whether a principal has a permission on a project, a VM or `/`, and by which binding since when. */
  explain(
    principal: string,
    permission: string,
    resource: string,
    options: ExplainOptions = {},
  ): Promise<ExplainAccessResponse> {
    const { groups = [] } = options;
    return this.#stub.explainAccess(
      { principal, permission, resource, groups: [...groups], ...readAt(options) },
      callOptions(options),
    );
  }

  /** All roles: the server's own, then custom ones. */
  async roles(options: RequestOptions = {}): Promise<Role[]> {
    return (await this.#stub.listRoles({}, callOptions(options))).roles;
  }

  /** A new role of these permissions. */
  createRole(
    id: string,
    permissions: readonly string[],
    title = "",
    options: ChangeOptions = {},
  ): Promise<Role> {
    const role = { title, permissions: [...permissions] };
    return this.#stub.createRole({ roleId: id, role, ...change(options) }, callOptions(options));
  }

  /** Another title and other permissions for a custom role. */
  updateRole(
    name: string,
    permissions: readonly string[],
    title = "",
    options: EtagOptions = {},
  ): Promise<Role> {
    const role = { name, title, permissions: [...permissions], ...defined({ etag: options.etag }) };
    return this.#stub.updateRole({ role, ...change(options) }, callOptions(options));
  }

  /** A custom role ends: its bindings grant nothing any more. */
  deleteRole(name: string, options: EtagOptions = {}): Promise<Role> {
    return this.#stub.deleteRole(
      { name, ...defined({ etag: options.etag }), ...change(options) },
      callOptions(options),
    );
  }
}
