/**
 * How a terminal opens a VM's serial console, and reads what it has printed. In a file of its own, that is fetched when
 * it is opened: the place of the console itself.
 */

import { commandLine } from "../lib/shell_words.js";
import { words } from "../words.js";
import { Command, Empty } from "./basics.js";

export default function VmConsole({ name }: { name: string }) {
  return (
    <>
      <Empty>{words.vm.consoleInTerminal}</Empty>
      <Command text={commandLine(["vm", "console", name])} />
      <Command text={commandLine(["vm", "console", name], { log: true })} />
    </>
  );
}
