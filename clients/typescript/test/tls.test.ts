import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Unavailable } from "../src/errors.js";
import { VmService } from "../src/gen/chronovisor/v1/vm_service_pb.js";
import { connect } from "../src/node.js";

const folder = mkdtempSync(join(tmpdir(), "tls-"));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

function openssl(...words: string[]): void {
  execFileSync("openssl", words, { cwd: folder, stdio: "ignore" });
}

function hasOpenssl(): boolean {
  try {
    openssl("version");
    return true;
  } catch {
    return false;
  }
}

/** An authority, and a key with its certificate for a server and for a client. */
function certificates(): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test");
  for (const [name, alternative] of [
    ["server", "DNS:plane.test,IP:127.0.0.1"],
    ["client", "DNS:client.test"],
  ]) {
    writeFileSync(file(`${name}.ext`), `subjectAltName=${alternative}\n`);
    openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    openssl("x509", "-req", "-in", `${name}.csr`, ...by, "-extfile", `${name}.ext`, "-out", `${name}.pem`);
  }
}

test("TLS: a server is trusted by its authority and name, and knows its client by certificate and token", {
  skip: hasOpenssl() ? false : "openssl is missing",
}, async () => {
  certificates();
  const read = (name: string) => readFileSync(file(name));
  const seen: unknown[] = [];
  const server = createSecureServer(
    { cert: read("server.pem"), key: read("server.key"), ca: read("ca.pem"), requestCert: true },
    connectNodeAdapter({
      routes: ({ service }) =>
        service(VmService, {
          getVm(request, context) {
            seen.push(context.requestHeader.get("authorization"));
            return { name: request.name };
          },
        }),
    }),
  );
  server.on("secureConnection", (socket: TLSSocket) => seen.push(socket.getPeerCertificate()?.subject?.CN));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const serverName = "plane.test";
  const given = [
    { ca: read("ca.pem"), cert: read("client.pem"), key: read("client.key"), serverName },
    { caFile: file("ca.pem"), certFile: file("client.pem"), keyFile: file("client.key"), serverName },
  ];
  process.env["CHRONOVISOR_CA_FILE"] = file("ca.pem");
  process.env["CHRONOVISOR_CERT_FILE"] = file("client.pem");
  process.env["CHRONOVISOR_KEY_FILE"] = file("client.key");
  for (const tls of [...given, undefined]) {
    const client = connect({ server: address, tls, token: "secret" });
    assert.equal((await client.vms.get("a/b")).name, "projects/a/vms/b");
    assert.deepEqual(seen.splice(0), ["client", "Bearer secret"]);
    client.close();
  }
  for (const each of ["CA", "CERT", "KEY"]) delete process.env[`CHRONOVISOR_${each}_FILE`];
  const once = { attempts: 1 };
  const refused = [
    { tls: { caFile: file("ca.pem"), serverName: "other.test" }, says: /is for another name/ },
    { tls: { serverName }, says: /an authority that is not trusted here/ },
    { tls: true, says: /an authority that is not trusted here/ },
    // Plain text to a server that has TLS.
    { tls: false, says: /took no plain text/ },
  ];
  for (const { tls, says } of refused) {
    const stranger = connect({ server: address, tls, retry: once });
    await assert.rejects(
      stranger.vms.get("a/b"),
      (error) => error instanceof Unavailable && says.test(error.message),
    );
    stranger.close();
  }
  server.close();
});
