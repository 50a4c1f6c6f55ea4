/** Which page a place is. */

import type { ComponentChildren } from "preact";
import { Keys } from "./components/keys.js";
import { Palette } from "./components/palette.js";
import { Shell } from "./components/shell.js";
import { OpenedVerbs } from "./components/verb_dialog.js";
import { place, wholeName } from "./lib/router.js";
import { isUnknown } from "./lib/session.js";
import { AccessPage } from "./pages/access.js";
import { AuditPage } from "./pages/audit.js";
import { DiffPage } from "./pages/diff.js";
import { FleetPage } from "./pages/fleet.js";
import { HostPage } from "./pages/host.js";
import { HostsPage } from "./pages/hosts.js";
import { ImagePage } from "./pages/image.js";
import { ImagesPage } from "./pages/images.js";
import { NetworkPage } from "./pages/network.js";
import { NetworksPage } from "./pages/networks.js";
import { OperationsPage } from "./pages/operations.js";
import { ProjectPage } from "./pages/project.js";
import { ProjectsPage } from "./pages/projects.js";
import { SecurityGroupPage } from "./pages/security_group.js";
import { SignInPage } from "./pages/sign_in.js";
import { VmPage } from "./pages/vm.js";
import { VmsPage } from "./pages/vms.js";
import { WhatIfPage } from "./pages/what_if.js";

const LISTS: Readonly<Record<string, () => ComponentChildren>> = {
  "": () => <FleetPage />,
  vms: () => <VmsPage />,
  hosts: () => <HostsPage />,
  projects: () => <ProjectsPage />,
  networks: () => <NetworksPage />,
  images: () => <ImagesPage />,
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
  networks: (name) => <NetworkPage key={name} name={name} />,
  securityGroups: (name) => <SecurityGroupPage key={name} name={name} />,
  images: (name) => <ImagePage key={name} name={name} />,
};

function page([first = "", ...rest]: readonly string[]): ComponentChildren {
  const single = SINGLE[first];
  if (single && rest.length) return single(wholeName(first, rest.join("/")));
  return (LISTS[first] ?? LISTS[""])?.();
}

export function App() {
  return (
    <>
      {isUnknown.value ? (
        <SignInPage />
      ) : (
        <>
          <Shell>{page(place.value.path)}</Shell>
          <Palette />
          <Keys />
        </>
      )}
      <OpenedVerbs />
    </>
  );
}
