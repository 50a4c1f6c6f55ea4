/** As much of noVNC as the page uses: it has no types of its own. */

declare module "@novnc/novnc" {
  export default class Rfb extends EventTarget {
    constructor(target: HTMLElement, channel: object, options?: { readonly shared?: boolean });
    background: string;
    scaleViewport: boolean;
    viewOnly: boolean;
    focus(): void;
    blur(): void;
    disconnect(): void;
    sendKey(keysym: number, code: string, down?: boolean): void;
  }
}
