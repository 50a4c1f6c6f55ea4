/** Labels as people type them: `tier=web, team=shop`. */

export function pairs(given: string): Record<string, string> {
  const parts = given.split(",").map((each) => each.trim());
  return Object.fromEntries(
    parts.filter(Boolean).map((each) => {
      const [key = "", ...value] = each.split("=");
      return [key.trim(), value.join("=").trim()];
    }),
  );
}

export function labelText(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([one], [other]) => one.localeCompare(other));
  return sorted.map(([key, value]) => `${key}=${value}`).join(", ");
}

/** `--label tier=web --label team=shop`. */
export function labelWords(given: string): string[] {
  return Object.entries(pairs(given)).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
}
