/** Calls about networks, the addresses that are held of them, and security groups, by short names. */

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Client as Stub } from "@connectrpc/connect";
import {
  type Network,
  NetworkSchema,
  type SecurityGroup,
  SecurityGroupSchema,
} from "./gen/chronovisor/v1/network_pb.js";
import type {
  HeldAddress,
  ListNetworkAddressesResponse,
  ListNetworksResponse,
  ListSecurityGroupsResponse,
  NetworkService,
} from "./gen/chronovisor/v1/network_service_pb.js";
import { projectName } from "./names.js";
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

/** `client.networks`. Networks and groups are named by their whole names, `projects/shop/networks/web`. */
export class Networks {
  readonly #stub: Stub<typeof NetworkService>;

  constructor(stub: Stub<typeof NetworkService>) {
    this.#stub = stub;
  }

  /** A new network in a project. */
  create(
    project: string,
    id: string,
    network: MessageInitShape<typeof NetworkSchema>,
    options: ChangeOptions = {},
  ): Promise<Network> {
    return this.#stub.createNetwork(
      { parent: projectName(project), networkId: id, network, ...change(options) },
      callOptions(options),
    );
  }

  get(name: string, options: ReadOptions = {}): Promise<Network> {
    return this.#stub.getNetwork({ name, ...readAt(options) }, callOptions(options));
  }

  /** The networks of a project; of all with `-`. */
  list(project: string, options: ListOptions = {}): Listing<Network, ListNetworksResponse> {
    const { pageSize = 1000 } = options;
    return listing(
      this.#stub.listNetworks,
      { parent: projectName(project), ...readAt(options), pageSize },
      "networks",
      callOptions(options),
    );
  }

  /** Changes the fields that the mask names. */
  update(
    name: string,
    changes: MessageInitShape<typeof NetworkSchema>,
    mask: readonly string[],
    options: EtagOptions = {},
  ): Promise<Network> {
    const network = { ...create(NetworkSchema, changes), name, ...defined({ etag: options.etag }) };
    return this.#stub.updateNetwork(
      { network, updateMask: { paths: [...mask] }, ...change(options) },
      callOptions(options),
    );
  }

  /** A network that no VM has a card on ends; its history stays. */
  delete(name: string, options: EtagOptions = {}): Promise<Network> {
    return this.#stub.deleteNetwork(
      { name, ...defined({ etag: options.etag }), ...change(options) },
      callOptions(options),
    );
  }

  /** The addresses that VMs hold of a network. */
  addresses(network: string, options: ListOptions = {}): Listing<HeldAddress, ListNetworkAddressesResponse> {
    const { pageSize = 1000 } = options;
    return listing(
      this.#stub.listNetworkAddresses,
      { parent: network, ...readAt(options), pageSize },
      "addresses",
      callOptions(options),
    );
  }

  /** A new security group in a project. */
  createGroup(
    project: string,
    id: string,
    securityGroup: MessageInitShape<typeof SecurityGroupSchema> = {},
    options: ChangeOptions = {},
  ): Promise<SecurityGroup> {
    return this.#stub.createSecurityGroup(
      { parent: projectName(project), securityGroupId: id, securityGroup, ...change(options) },
      callOptions(options),
    );
  }

  getGroup(name: string, options: ReadOptions = {}): Promise<SecurityGroup> {
    return this.#stub.getSecurityGroup({ name, ...readAt(options) }, callOptions(options));
  }

  /** The security groups of a project; of all with `-`. */
  groups(project: string, options: ListOptions = {}): Listing<SecurityGroup, ListSecurityGroupsResponse> {
    const { pageSize = 1000 } = options;
    return listing(
      this.#stub.listSecurityGroups,
      { parent: projectName(project), ...readAt(options), pageSize },
      "securityGroups",
      callOptions(options),
    );
  }

  /** Changes the fields that the mask names. */
  updateGroup(
    name: string,
    changes: MessageInitShape<typeof SecurityGroupSchema>,
    mask: readonly string[],
    options: EtagOptions = {},
  ): Promise<SecurityGroup> {
    const securityGroup = {
      ...create(SecurityGroupSchema, changes),
      name,
      ...defined({ etag: options.etag }),
    };
    return this.#stub.updateSecurityGroup(
      { securityGroup, updateMask: { paths: [...mask] }, ...change(options) },
      callOptions(options),
    );
  }

  /** A group that no card and no other group's rule names ends; its history stays. */
  deleteGroup(name: string, options: EtagOptions = {}): Promise<SecurityGroup> {
    return this.#stub.deleteSecurityGroup(
      { name, ...defined({ etag: options.etag }), ...change(options) },
      callOptions(options),
    );
  }
}
