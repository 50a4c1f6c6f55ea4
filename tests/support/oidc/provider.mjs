// The certified `oidc-provider` on loopback. Argument: JSON of {port, keys, accounts, tokenSeconds, audience}. Prints a line when it listens.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const settings = JSON.parse(process.argv[2]);
const require = createRequire(`${process.env.OIDC_PROVIDER_AT}/`);
const { Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));
const issuer = `http://127.0.0.1:${settings.port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "chronovisor-cli",
      application_type: "native",
      token_endpoint_auth_method: "none",
      redirect_uris: ["http://127.0.0.1/callback"],
      grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
      response_types: ["code"],
      id_token_signed_response_alg: settings.keys[0].alg,
    },
    {
      client_id: "chronovisor-console",
      application_type: "native",
      token_endpoint_auth_method: "none",
      redirect_uris: ["http://127.0.0.1/sign-in/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      id_token_signed_response_alg: settings.keys[0].alg,
    },
  ],
  jwks: { keys: settings.keys },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async (_context, client) => client.grantTypeAllowed("refresh_token"),
  ttl: { AccessToken: settings.tokenSeconds, RefreshToken: 3600, DeviceCode: 600, Session: 3600, Grant: 3600, Interaction: 600, IdToken: 600 },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, groups: settings.accounts[id] ?? [], email: `${id}@example.org`, email_verified: true }),
  }),
  claims: { openid: ["sub"], profile: ["groups", "email"] },
  // An access token has no groups by itself.
  extraTokenClaims: (_context, token) => ({ groups: settings.accounts[token.accountId] ?? [] }),
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => settings.audience,
      getResourceServerInfo: (_context, resource) => ({
        scope: "openid offline_access",
        audience: resource,
        accessTokenFormat: "jwt",
        accessTokenTTL: settings.tokenSeconds,
        jwt: { sign: { alg: settings.keys[0].alg } },
      }),
      useGrantedResource: () => true,
    },
  },
  cookies: { keys: ["not-a-secret"] },
});
provider.listen(settings.port, "127.0.0.1", () => console.log("listening"));
