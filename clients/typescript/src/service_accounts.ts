/** Calls about service accounts and their tokens, by short names. */

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Client as Stub } from "@connectrpc/connect";
import {
  type ServiceAccount,
  ServiceAccountSchema,
  type ServiceAccountToken,
} from "./gen/chronovisor/v1/service_account_pb.js";
import type {
  CreateServiceAccountTokenRequestSchema,
  CreateServiceAccountTokenResponse,
  ListServiceAccountsResponse,
  ListServiceAccountTokensResponse,
  ServiceAccountService,
} from "./gen/chronovisor/v1/service_account_service_pb.js";
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

/** `client.serviceAccounts`. Accounts are named by their whole name, `projects/shop/serviceAccounts/ci`. */
export class ServiceAccounts {
  readonly #stub: Stub<typeof ServiceAccountService>;

  constructor(stub: Stub<typeof ServiceAccountService>) {
    this.#stub = stub;
  }

  /** A new account in a project. It may do nothing yet. */
  create(
    project: string,
    id: string,
    serviceAccount: MessageInitShape<typeof ServiceAccountSchema> = {},
    options: ChangeOptions = {},
  ): Promise<ServiceAccount> {
    return this.#stub.createServiceAccount(
      { parent: projectName(project), serviceAccountId: id, serviceAccount, ...change(options) },
      callOptions(options),
    );
  }

  get(name: string, options: ReadOptions = {}): Promise<ServiceAccount> {
    return this.#stub.getServiceAccount({ name, ...readAt(options) }, callOptions(options));
  }

  /** The accounts of a project; of all with `-`. */
  list(project: string, options: ListOptions = {}): Listing<ServiceAccount, ListServiceAccountsResponse> {
    const { pageSize = 1000 } = options;
    return listing(
      this.#stub.listServiceAccounts,
      { parent: projectName(project), ...readAt(options), pageSize },
      "serviceAccounts",
      callOptions(options),
    );
  }

  /** Changes the fields that the mask names. */
  update(
    name: string,
    changes: MessageInitShape<typeof ServiceAccountSchema>,
    mask: readonly string[],
    options: EtagOptions = {},
  ): Promise<ServiceAccount> {
    const serviceAccount = {
      ...create(ServiceAccountSchema, changes),
      name,
      ...defined({ etag: options.etag }),
    };
    return this.#stub.updateServiceAccount(
      { serviceAccount, updateMask: { paths: [...mask] }, ...change(options) },
      callOptions(options),
    );
  }

  /** An account and all its tokens end; its history stays. */
  delete(name: string, options: EtagOptions = {}): Promise<ServiceAccount> {
    return this.#stub.deleteServiceAccount(
      { name, ...defined({ etag: options.etag }), ...change(options) },
      callOptions(options),
    );
  }

  /** A new token: in this answer alone, once and never again. */
  createToken(
    account: string,
    token: Omit<MessageInitShape<typeof CreateServiceAccountTokenRequestSchema>, "parent"> = {},
    options: ChangeOptions = {},
  ): Promise<CreateServiceAccountTokenResponse> {
    const { description, ttl } = token;
    return this.#stub.createServiceAccountToken(
      { parent: account, ...defined({ description, ttl }), ...change(options) },
      callOptions(options),
    );
  }

  /** What is known of an account's tokens, never the tokens themselves. */
  tokens(
    account: string,
    options: ListOptions = {},
  ): Listing<ServiceAccountToken, ListServiceAccountTokensResponse> {
    const { pageSize = 1000 } = options;
    return listing(
      this.#stub.listServiceAccountTokens,
      { parent: account, ...readAt(options), pageSize },
      "serviceAccountTokens",
      callOptions(options),
    );
  }

  /** A token ends at once. */
  revokeToken(name: string, options: ChangeOptions = {}): Promise<ServiceAccountToken> {
    return this.#stub.revokeServiceAccountToken({ name, ...change(options) }, callOptions(options));
  }
}
