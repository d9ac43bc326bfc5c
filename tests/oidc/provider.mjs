// The login service of the test: a certified OpenID Provider with a form that believes everybody.
// node provider.mjs PORT REDIRECT SECRET
import Provider from "oidc-provider";

const [port, redirect, secret] = process.argv.slice(2);
const people = {
  gwd: { preferred_username: "gwd", email: "gwd@x.example", email_verified: true },
  stranger: { preferred_username: "stranger", email: "gwd@x.example", email_verified: false },
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: "beadle",
    client_secret: secret,
    redirect_uris: [redirect],
    response_types: ["code"],
    grant_types: ["authorization_code"],
    token_endpoint_auth_method: "client_secret_basic",
  }],
  pkce: { methods: ["S256"], required: () => true },
  claims: {
    openid: ["sub"],
    profile: ["preferred_username"],
    email: ["email", "email_verified"],
  },
  findAccount: async (_, id) =>
    people[id] && { accountId: id, claims: async () => ({ sub: id, ...people[id] }) },
  cookies: { keys: [secret] },
});

provider.listen(Number(port), "127.0.0.1");
