/** A VM's screen. In a file of its own, that is fetched when it is opened. */

import "../styles/guest.css";
import Rfb from "@novnc/novnc";
import { commandLine } from "../lib/shell_words.js";
import { words } from "../words.js";
import { Command, Empty } from "./basics.js";
import { GuestView, type Shown } from "./guest_view.js";

/** What noVNC takes in the place of a WebSocket. */
class Channel {
  binaryType = "arraybuffer";
  protocol = "";
  readyState = "open";
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  readonly #send: (data: Uint8Array) => void;

  constructor(send: (data: Uint8Array) => void) {
    this.#send = send;
  }

  send(data: ArrayBuffer | Uint8Array): void {
    this.#send(data instanceof Uint8Array ? data : new Uint8Array(data));
  }

  close(): void {
    this.readyState = "closed";
  }
}

/** Keys that may be held down when it is left: Ctrl and Alt, by X11's numbers. */
const HELD = [
  [0xffe3, "ControlLeft"],
  [0xffe9, "AltLeft"],
] as const;

function show(into: HTMLElement, send: (data: Uint8Array) => void): Shown {
  let rfb: Rfb | undefined;
  let channel: Channel | undefined;
  let writes = false;
  const end = () => {
    rfb?.disconnect();
    rfb = undefined;
    into.replaceChildren();
  };
  return {
    begin: (isFocused) => {
      end();
      channel = new Channel(send);
      rfb = new Rfb(into, channel, { shared: true });
      rfb.scaleViewport = true;
      rfb.viewOnly = !writes;
      rfb.background = "#10141b";
      const canvas = into.querySelector("canvas");
      canvas?.setAttribute("role", "img");
      canvas?.setAttribute("aria-label", words.vm.guest.label.screen);
      if (isFocused) rfb.focus();
    },
    bytes: (data) => channel?.onmessage?.({ data: data.slice().buffer }),
    writes: (writer) => {
      writes = writer;
      if (rfb) rfb.viewOnly = !writer;
    },
    focus: () => rfb?.focus(),
    leave: () => {
      for (const [key, code] of HELD) rfb?.sendKey(key, code, false);
      rfb?.blur();
    },
    end,
  };
}

export default function VmScreen({ name, runs }: { name: string; runs: boolean }) {
  return (
    <GuestView kind="screen" name={name} runs={runs} show={show}>
      <Empty>{words.vm.screenInViewer}</Empty>
      <Command text={commandLine(["vm", "screen", name])} />
      <Command text={commandLine(["vm", "screenshot", name], { to: "screen.png" })} />
    </GuestView>
  );
}
