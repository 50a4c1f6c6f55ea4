/** The one client of the page: Connect to the origin that the page came from. */

import { connect } from "@chronovisor/client";
import { createConnectTransport } from "@connectrpc/connect-web";

const transport = createConnectTransport({ baseUrl: location.origin, useBinaryFormat: true });

/** Two attempts: after that, the page says what is wrong rather than keep its reader waiting. */
export const client = connect({ transport, timeoutMs: 20_000, retry: { attempts: 2 } });
