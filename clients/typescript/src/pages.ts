/** List methods as iterators over all their pages. Knows no particular method. See AIP-158. */

import type { CallOptions } from "@connectrpc/connect";

/** A list method of a stub. */
export type ListMethod<Request, Page> = (request: Request, options?: CallOptions) => Promise<Page>;

/**
 * Items of all pages, requested one page at a time as the loop gets there:
 * `for await (const vm of client.vms.list("shop")) ...`. Iterate it again to list again.
 */
export class Listing<Item, Page extends { nextPageToken: string } = { nextPageToken: string }>
  implements AsyncIterable<Item>
{
  readonly #request: (pageToken: string) => Promise<Page>;
  readonly #items: (page: Page) => readonly Item[];

  constructor(request: (pageToken: string) => Promise<Page>, items: (page: Page) => readonly Item[]) {
    this.#request = request;
    this.#items = items;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const page of this.pages()) yield* this.#items(page);
  }

  /** Whole responses, which have more than the items: the position that they were read at. */
  async *pages(): AsyncGenerator<Page, void, undefined> {
    let token = "";
    do {
      const page = await this.#request(token);
      yield page;
      token = page.nextPageToken;
    } while (token !== "");
  }

  /** All items at once. */
  async toArray(): Promise<Item[]> {
    const items: Item[] = [];
    for await (const page of this.pages()) items.push(...this.#items(page));
    return items;
  }
}

/** All pages of any list method: `listing(client.stubs.vms.listVms, { parent: "projects/-" }, "vms")`. */
export function listing<
  Request extends { pageToken?: string },
  Page extends { nextPageToken: string } & Record<Key, readonly unknown[]>,
  Key extends keyof Page,
>(
  method: ListMethod<Request, Page>,
  request: Request,
  key: Key,
  options?: CallOptions,
): Listing<Page[Key][number], Page> {
  return new Listing(
    (pageToken) => method(pageToken ? { ...request, pageToken } : request, options),
    (page) => page[key],
  );
}
