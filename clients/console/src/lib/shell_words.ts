/** Commands for the terminal, as one line that a shell takes as it is. */

/** A word that a shell takes as one: in quotes where it must be. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `chronovisor vm start projects/shop/vms/web-1`; an option without a value is left out, one that is `true` has none. */
export function commandLine(
  words: readonly string[],
  options: Readonly<Record<string, string | boolean | undefined>> = {},
): string {
  const given = Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || value === "" || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}`, value];
  });
  return ["chronovisor", ...words, ...given].map(quoted).join(" ");
}
