// A tablet's side of docs/devices.md, with what a browser or Node 20 has: node docs/device.mjs SERVER CODE
// registers a new key under the code, gets a token for it twice, and asks who the server takes it for.
const [server, code] = process.argv.slice(2);
const base64 = (bytes) => Buffer.from(bytes).toString("base64");
const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
const ES256 = { name: "ECDSA", hash: "SHA-256" };

async function post(path, body, headers = {}) {
  const response = await fetch(server + path, {
    method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (answer.errors) throw new Error(`${answer.errors[0].extensions.code}: ${answer.errors[0].message}`);
  return answer;
}

// The private key cannot be exported: a tablet keeps the CryptoKey object itself, in IndexedDB.
const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
const sign = async (text) => crypto.subtle.sign(ES256, keys.privateKey, new TextEncoder().encode(text));

const device = await post("/device/register", {
  code, name: "an example", publicKey: base64(await crypto.subtle.exportKey("spki", keys.publicKey)), proof: base64(await sign(code)),
}); // to be kept: deviceId, userId, audience

async function token() {
  const { challenge } = await post("/device/challenge", {});
  const part = (value) => base64url(JSON.stringify(value));
  const unsigned = part({ alg: "ES256", kid: device.deviceId }) + "." +
    part({ aud: device.audience, challenge, deviceTime: new Date().toISOString() });
  return post("/device/token", { assertion: unsigned + "." + base64url(await sign(unsigned)) });
}

for (let n = 0; n < 2; n++) {
  const { token: bearer, expiresIn } = await token();
  const { data } = await post("/graphql", { query: "{ viewer { id } }" },
    { Authorization: `Bearer ${bearer}`, "Plumbline-Device-Time": new Date().toISOString() });
  console.log(`${device.deviceId} is ${data.viewer.id} for ${expiresIn} seconds`);
}
