/**
 * A serial console or a screen over a WebSocket, which each time is opened by a ticket, and again when it is lost. Bytes go both
 * ways; what else the server says is in `status`.
 */

import { create } from "@bufbuild/protobuf";
import { NotPermitted, stub, Unavailable } from "@chronovisor/client";
import {
  ConsoleMode,
  ConsoleService,
  CreateConsoleTicketRequestSchema,
} from "@chronovisor/gen/chronovisor/v1/console_service_pb.js";
import { client } from "./client.js";

export type Kind = "console" | "screen";

export interface Status {
  readonly phase: "connecting" | "open" | "lost" | "ended";
  /** Whether this page writes; who does otherwise, if anybody. */
  readonly writer: boolean;
  readonly writtenBy: string;
  /** Why it is lost, or has ended: in words, or what a call was refused with. */
  readonly why?: unknown;
  /** The code of the end, as the how-to has them. */
  readonly code?: number;
}

export interface Opening {
  readonly kind: Kind;
  /** The VM's. */
  readonly name: string;
  readonly mode: ConsoleMode;
}

interface Listener {
  readonly status: (status: Status) => void;
  /** It is open, and begins anew. */
  readonly opened: () => void;
  readonly bytes: (data: Uint8Array) => void;
}

const PROTOCOL = "chronovisor.console.v1";
const BACKLOG_BYTES = 64 << 10;
/** The server takes twice as much in a message. */
const PIECE_BYTES = 32 << 10;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** What passes: the server ends, or was lost, an agent was, or a ticket has become too old. */
const PASSING = new Set([1001, 1005, 1006, 1012, 1013, 4401, 4429, 4503]);
const consoles = stub(ConsoleService, client.transport);

export class ConsoleSocket {
  readonly #opening: Opening;
  readonly #on: Listener;
  #socket: WebSocket | undefined;
  #timer = 0;
  #mode: ConsoleMode;
  #waitMs = FIRST_WAIT_MS;
  #isClosed = false;
  #status: Status = { phase: "connecting", writer: false, writtenBy: "" };

  constructor(opening: Opening, on: Listener) {
    this.#opening = opening;
    this.#mode = opening.mode;
    this.#on = on;
    void this.#connect();
  }

  send(data: Uint8Array): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    for (let start = 0; start < data.length; start += PIECE_BYTES) {
      this.#socket.send(data.slice(start, start + PIECE_BYTES));
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #set(change: Partial<Status>): void {
    this.#status = { ...this.#status, ...change };
    if (!this.#isClosed) this.#on.status(this.#status);
  }

  async #connect(): Promise<void> {
    let ticket = "";
    try {
      ticket = await this.#ticket();
    } catch (error) {
      if (error instanceof Unavailable) this.#again(error);
      else this.#set({ phase: "ended", why: error, code: error instanceof NotPermitted ? 4403 : 4000 });
      return;
    }
    if (this.#isClosed) return;
    const url = new URL(`/v1/${this.#opening.name}:${this.#opening.kind}`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.hash = "";
    const socket = new WebSocket(url, [PROTOCOL, `chronovisor.ticket.${ticket}`]);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.#hear(JSON.parse(data));
      else this.#on.bytes(new Uint8Array(data));
    };
    socket.onclose = ({ code, reason }) => {
      if (this.#isClosed || this.#socket !== socket) return;
      if (PASSING.has(code)) this.#again(reason);
      else this.#set({ phase: "ended", why: reason, code, writer: false, writtenBy: "" });
    };
    this.#socket = socket;
  }

  async #ticket(): Promise<string> {
    const { kind, name } = this.#opening;
    const mode = this.#mode;
    const request = create(CreateConsoleTicketRequestSchema, {
      opening:
        kind === "console"
          ? { case: "serialConsole", value: { name, mode, backlogBytes: BACKLOG_BYTES } }
          : { case: "screen", value: { name, mode } },
    });
    return (await consoles.createConsoleTicket(request)).ticket;
  }

  #hear(message: { opened?: Who; writerChanged?: Who }): void {
    const who = message.opened ?? message.writerChanged;
    if (message.opened) {
      this.#waitMs = FIRST_WAIT_MS;
      // Once: whoever writes by the time it is opened again is let write.
      if (this.#mode === ConsoleMode.TAKE_OVER) this.#mode = ConsoleMode.WRITE;
      this.#on.opened();
    }
    if (who) this.#set({ phase: "open", writer: who.writer ?? false, writtenBy: who.writtenBy ?? "" });
  }

  #again(why: unknown): void {
    if (this.#isClosed) return;
    this.#set({ phase: "lost", why, writer: false, writtenBy: "" });
    this.#timer = window.setTimeout(() => void this.#connect(), this.#waitMs);
    this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
  }
}

interface Who {
  readonly writer?: boolean;
  readonly writtenBy?: string;
}
