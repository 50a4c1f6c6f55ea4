/**
 * A style sheet made by a script, in the place of a `<style>` element, which the page's policy forbids: xterm.js makes some. The build
 * has it make these; see vite.config.ts.
 */

class AdoptedStyle extends HTMLElement {
  readonly #sheet = new CSSStyleSheet();

  override get textContent(): string {
    return "";
  }

  override set textContent(text: string | null) {
    this.#sheet.replaceSync(text ?? "");
  }

  connectedCallback(): void {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#sheet];
  }

  disconnectedCallback(): void {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== this.#sheet);
  }
}

customElements.define("adopted-style", AdoptedStyle);
