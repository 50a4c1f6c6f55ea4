/** Resource names: what people type, made whole. See AIP-122. */

/** `projects/{project}` from itself or from its id. */
export function projectName(given: string): string {
  return whole(given, "projects");
}

/** `hosts/{host}` from itself or from its id. */
export function hostName(given: string): string {
  return whole(given, "hosts");
}

/** `operations/{operation}` from itself or from its id. */
export function operationName(given: string): string {
  return whole(given, "operations");
}

/** `projects/{project}/vms/{vm}` from itself, from `project/vm`, or from an id or uid in `project`. */
export function vmName(given: string, project?: string): string {
  const parts = given.split("/");
  if (parts.every((each) => each !== "")) {
    const [first, second, third, fourth] = parts;
    if (parts.length === 1 && project) return `${projectName(project)}/vms/${first}`;
    if (parts.length === 2 && first !== "projects") return `projects/${first}/vms/${second}`;
    if (parts.length === 4 && first === "projects" && third === "vms" && fourth) return given;
  }
  throw new TypeError(
    `${JSON.stringify(given)} is not the name of a VM: give PROJECT/VM such as shop/web-1, or projects/PROJECT/vms/VM`,
  );
}

/** The id at the end of a name. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function whole(given: string, collection: string): string {
  const [first, second, ...more] = given.split("/");
  if (first && second === undefined) return `${collection}/${first}`;
  if (first === collection && second && more.length === 0) return given;
  throw new TypeError(
    `${JSON.stringify(given)} is not a name in ${collection}: give an id, or ${collection}/ID`,
  );
}
