/** A VM's serial console and its screen, in a file of their own that is fetched when they are opened: neither is served yet. */

import { words } from "../words.js";
import { Empty } from "./basics.js";

export default function VmConsole() {
  return <Empty>{words.vm.consoleSoon}</Empty>;
}
