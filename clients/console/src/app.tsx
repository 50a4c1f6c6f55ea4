/** Which page a place is. */

import type { ComponentChildren } from "preact";
import { Keys } from "./components/keys.js";
import { Palette } from "./components/palette.js";
import { Shell } from "./components/shell.js";
import { place } from "./lib/router.js";
import { isUnknown } from "./lib/session.js";
import { AccessPage } from "./pages/access.js";
import { AuditPage } from "./pages/audit.js";
import { DiffPage } from "./pages/diff.js";
import { FleetPage } from "./pages/fleet.js";
import { HostPage } from "./pages/host.js";
import { HostsPage } from "./pages/hosts.js";
import { OperationsPage } from "./pages/operations.js";
import { ProjectPage } from "./pages/project.js";
import { ProjectsPage } from "./pages/projects.js";
import { SignInPage } from "./pages/sign_in.js";
import { VmPage } from "./pages/vm.js";
import { VmsPage } from "./pages/vms.js";
import { WhatIfPage } from "./pages/what_if.js";

const LISTS: Readonly<Record<string, () => ComponentChildren>> = {
  "": () => <FleetPage />,
  vms: () => <VmsPage />,
  hosts: () => <HostsPage />,
  projects: () => <ProjectsPage />,
  operations: () => <OperationsPage />,
  diff: () => <DiffPage />,
  whatif: () => <WhatIfPage />,
  audit: () => <AuditPage />,
  access: () => <AccessPage />,
};
const SINGLE: Readonly<Record<string, (name: string) => ComponentChildren>> = {
  vms: (name) => <VmPage key={name} name={name} />,
  hosts: (name) => <HostPage key={name} name={name} />,
  projects: (name) => <ProjectPage key={name} name={name} />,
};

function page([first = "", name]: readonly string[]): ComponentChildren {
  const single = name === undefined ? undefined : SINGLE[first];
  if (single && name !== undefined) return single(name);
  return (LISTS[first] ?? LISTS[""])?.();
}

export function App() {
  if (isUnknown.value) return <SignInPage />;
  return (
    <>
      <Shell>{page(place.value.path)}</Shell>
      <Palette />
      <Keys />
    </>
  );
}
