/** What the form of images has of `Image`: a row a field. */

import type { Row } from "./form_rows.js";

export const IMAGE_ROWS: readonly Row[] = [
  { path: "description", option: "description" },
  { path: "family", option: "family" },
  { path: "min_disk_gib", option: "min-disk", unit: "GiB" },
  { path: "labels", option: "label", withoutKey: "no-label" },
];
