/** Light or dark: as the system has it, until its reader says otherwise. */

import { signal } from "@preact/signals";

export type Theme = "light" | "dark";

const KEY = "chronovisor.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

function kept(): Theme | undefined {
  const value = localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : undefined;
}

export const theme = signal<Theme>(kept() ?? (system.matches ? "dark" : "light"));

function show(): void {
  document.documentElement.dataset.theme = theme.value;
}

export function switchTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, theme.value);
  show();
}

system.addEventListener("change", () => {
  theme.value = kept() ?? (system.matches ? "dark" : "light");
  show();
});
show();

/** A colour of the theme, for what is drawn and not styled. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
