import {
  create,
  type DescMethod,
  type DescService,
  fromBinary,
  getOption,
  hasOption,
  toBinary,
} from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Level } from "@bufbuild/protobuf/wkt";
import { permission } from "@chronovisor/gen/chronovisor/v1/access_pb.js";
import { ListRolesResponseSchema } from "@chronovisor/gen/chronovisor/v1/access_service_pb.js";
import { Operations } from "@chronovisor/gen/google/longrunning/operations_pb.js";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Change, Values, Verb } from "../src/lib/verbs.js";
import { initialValues, lineOf } from "../src/lib/verbs.js";

/** Methods that change something and have no button, each with the reason. */
const NOT_FOR_A_PAGE: Readonly<Record<string, string>> = {
  "chronovisor.v1.VmService.ExecuteCommands":
    "a stream both ways, which browsers have not; batches do the same",
  "chronovisor.v1.ConsoleService.OpenSerialConsole":
    "a stream both ways: a VM's page has it over a WebSocket",
  "chronovisor.v1.ConsoleService.OpenScreen": "a stream both ways: a VM's page has it over a WebSocket",
  "chronovisor.v1.ConsoleService.CreateConsoleTicket": "a VM's page opens its console and screen by it",
  "chronovisor.v1.ConsoleService.OpenPort":
    "a stream both ways: the command line opens it for ssh and others",
  "chronovisor.v1.ConsoleService.RunProgram":
    "what a program writes is for a terminal: the command line runs it, and a VM's page has its console",
  "chronovisor.v1.ImageService.UploadImage": "a stream both ways: the command line sends an image's file",
  "google.longrunning.Operations.DeleteOperation": "always refused: operations are of the history",
};
/** Google's protos do not say which of their methods only read. */
const READS = ["ListOperations", "GetOperation", "WaitOperation"].map(
  (each) => `google.longrunning.Operations.${each}`,
);
const FOR_AGENTS = "chronovisor.v1.AgentService";
/** google.iam.v1, whose messages the client library has not. */
const SET_POLICY = "google.iam.v1.IAMPolicy.SetIamPolicy";

/** What pages give beside what fields have. */
const CHOSEN = { names: "projects/a/vms/a", member: "user:a", role: "a" };

interface Call {
  readonly method: string;
  readonly permission: string;
  readonly mutates: boolean;
  readonly hasCheck: boolean;
  readonly validateOnly: boolean;
}

const generated = import.meta.glob<Record<string, unknown>>(
  "../../typescript/src/gen/chronovisor/v1/*_service_pb.ts",
  { eager: true },
);
const services = [...Object.values(generated).flatMap((each) => Object.values(each)), Operations].filter(
  (each): each is DescService => (each as DescService)?.kind === "service",
);
const nameOf = (method: DescMethod) => `${method.parent.typeName}.${method.name}`;
const methods = new Map(services.flatMap((each) => each.methods).map((each) => [nameOf(each), each]));

const mutates = (method: DescMethod) =>
  method.idempotency !== Level.NO_SIDE_EFFECTS && !READS.includes(nameOf(method));

const modules = import.meta.glob<Record<string, unknown>>("../src/lib/*_{verb,verbs}.ts");
const pages = import.meta.glob<string>("../src/{pages,components}/*.tsx", {
  eager: true,
  query: "?raw",
  import: "default",
});

let calls: Call[] = [];
/** By the names that pages import them by. */
const exported = new Map<string, readonly Verb[]>();

function answerTo(name: string): Uint8Array<ArrayBuffer> {
  const method = methods.get(name);
  if (!method) throw new Error(`no ${name}`);
  if (name.endsWith(".ListRoles")) {
    return toBinary(
      ListRolesResponseSchema,
      create(ListRolesResponseSchema, { roles: [{ name: "roles/a" }] }),
    );
  }
  return toBinary(method.output, create(method.output));
}

/** The control plane, which answers everything with nothing. */
async function served(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const name = new URL(String(url)).pathname.slice(1).replace("/", ".");
  if (name.startsWith("google.iam.v1.")) {
    const isSet = name === SET_POLICY;
    if (isSet)
      calls.push({
        method: name,
        permission: "policies.set",
        mutates: true,
        hasCheck: false,
        validateOnly: false,
      });
    return Response.json({});
  }
  const method = methods.get(name);
  if (!method) throw new Error(`no ${name}`);
  const request = fromBinary(method.input, init?.body as Uint8Array) as unknown as { validateOnly?: boolean };
  calls.push({
    method: name,
    permission: hasOption(method, permission) ? getOption(method, permission).name : "operations.cancel",
    mutates: mutates(method),
    hasCheck: method.input.fields.some((each) => each.localName === "validateOnly"),
    validateOnly: request.validateOnly === true,
  });
  return new Response(answerTo(name), { headers: { "content-type": "application/proto" } });
}

const isVerb = (it: unknown): it is Verb => typeof (it as Verb)?.run === "function";

beforeAll(async () => {
  vi.stubGlobal("location", { origin: "http://console.test", hash: "", pathname: "/", search: "" });
  vi.stubGlobal("fetch", served);
  for (const load of Object.values(modules)) {
    for (const [name, it] of Object.entries(await load())) {
      if (isVerb(it)) exported.set(name, [it]);
      else if (Array.isArray(it) && it.every(isVerb)) exported.set(name, it);
      else if (name === "cancelVerb") exported.set(name, [(it as (on: string) => Verb)("/")]);
    }
  }
});
afterAll(() => vi.unstubAllGlobals());

const all = () => [...exported.values()].flat();

function filled(verb: Verb, more: Values = {}): Values {
  const fields = verb.fields ?? [];
  const typed = fields.map((each) => [each.id, each.kind === "number" ? "1" : "a"] as const);
  return {
    ...CHOSEN,
    ...Object.fromEntries(typed),
    ...initialValues(fields),
    ...blanks(verb),
    ...more,
  };
}

/** What must be given, and has no value from the start. */
function blanks(verb: Verb): Values {
  const needed = (verb.fields ?? []).filter((each) => each.required && !each.initial);
  return Object.fromEntries(needed.map((each) => [each.id, each.kind === "number" ? "1" : "a"]));
}

async function called(verb: Verb, change: Partial<Change>, values: Values): Promise<readonly Call[]> {
  calls = [];
  const name = verb.permission.startsWith("hosts.") ? "hosts/a" : "projects/a";
  await verb.run({ name, validateOnly: false, reason: "", requestId: "", ...change }, values);
  return calls.filter((each) => each.mutates);
}

test("every method that changes something has a verb", async () => {
  const used = new Set<string>();
  for (const verb of all()) {
    for (const count of ["1", "2"]) {
      for (const each of await called(verb, {}, filled(verb, { count }))) used.add(each.method);
    }
  }
  const expected = [...methods.values()]
    .filter((each) => each.parent.typeName !== FOR_AGENTS && mutates(each))
    .map(nameOf)
    .filter((each) => !(each in NOT_FOR_A_PAGE));
  expect([...used].sort()).toEqual([...expected, SET_POLICY].sort());
  for (const each of Object.keys(NOT_FOR_A_PAGE)) expect(methods.has(each), each).toBe(true);
});

test("the check before changes nothing, and is left out only where the method has none", async () => {
  for (const verb of all()) {
    const change = { validateOnly: true };
    if (verb.unchecked) {
      const sent = await called(verb, {}, filled(verb));
      expect(
        sent.some((each) => each.hasCheck),
        verb.id,
      ).toBe(false);
    } else {
      const checked = await called(verb, change, filled(verb));
      expect(
        checked.every((each) => each.validateOnly),
        verb.id,
      ).toBe(true);
    }
  }
});

test("a verb is offered to those who have its method's permission", async () => {
  for (const verb of all()) {
    const [sent] = await called(verb, {}, filled(verb));
    expect(sent?.permission, verb.id).toBe(verb.permission);
  }
});

test("every verb has a button on a page, and a command line", () => {
  const sources = Object.values(pages).join("\n");
  for (const [name, verbs] of exported) {
    expect(sources, name).toContain(name);
    for (const verb of verbs)
      expect(lineOf(verb, "projects/a", filled(verb), ""), verb.id).toMatch(/^chronovisor [a-z]/);
  }
});
