/** A page of somebody else's, from another origin: connect-web as npm has it, and stubs as protoc-gen-es makes them. */

import { createRegistry, toJson } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "@chronovisor/gen/chronovisor/events/v1/event_pb.js";
import { HistoryService } from "@chronovisor/gen/chronovisor/v1/history_service_pb.js";
import { OperationMetadataSchema } from "@chronovisor/gen/chronovisor/v1/operations_pb.js";
import { VmSchema } from "@chronovisor/gen/chronovisor/v1/vm_pb.js";
import { VmService } from "@chronovisor/gen/chronovisor/v1/vm_service_pb.js";
import { ErrorInfoSchema } from "@chronovisor/gen/google/rpc/error_details_pb.js";
import { ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";

const TRANSPORTS = { connect: createConnectTransport, grpcWeb: createGrpcWebTransport };

interface Request {
  readonly protocol: keyof typeof TRANSPORTS;
  readonly useBinaryFormat: boolean;
  readonly baseUrl: string;
  readonly token: string;
  readonly parent: string;
  readonly vmId: string;
}

/** Creates a VM, reads of it by a stream, and is refused what is not there. */
async function call({ protocol, useBinaryFormat, baseUrl, token, parent, vmId }: Request) {
  const proven: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  const jsonOptions = { registry: createRegistry(OperationMetadataSchema, VmSchema) };
  const transport = TRANSPORTS[protocol]({ baseUrl, useBinaryFormat, jsonOptions, interceptors: [proven] });
  const vms = createClient(VmService, transport);
  const resources = { vcpus: 2n, memoryMib: 2048n, diskGib: 10n };
  const spec = {
    resources,
    boot: { source: { case: "image", value: { image: "debian-12.qcow2" } } },
  } as const;
  await vms.createVm({ parent, vmId, vm: { spec } });
  const name = `${parent}/vms/${vmId}`;
  let first: Event | undefined;
  for await (const each of createClient(HistoryService, transport).watchEvents({ parent: name })) {
    if (each.message.case !== "event") continue;
    first = each.message.value;
    break;
  }
  const refusal = await vms.getVm({ name: `${name}-none` }).then(
    () => undefined,
    (error) => ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason,
  );
  return { name, first: first && toJson(EventSchema, first), refusal };
}

Object.assign(globalThis, { call });
