// A tablet's identity: a key pair that never leaves it, and the tokens that it gets by it.
const { subtle } = globalThis.crypto;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const base64 = (data) => Buffer.from(data).toString('base64');
const base64url = (data) => Buffer.from(data).toString('base64url');
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

// post asks until there is an answer, however bad the link is.
async function post(url, body) {
  for (;;) {
    try {
      const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
      if (response.status < 500) return { ok: response.ok, answer: await response.json() };
    } catch {
      // lost on the way, there or back
    }
    await sleep(100);
  }
}

// register makes a key pair and registers it under a code that its user was given.
export async function register({ base, code, name }) {
  const keys = await subtle.generateKey(ecdsa, false, ['sign', 'verify']);
  const { ok, answer } = await post(`${base}/device/register`, {
    code, name,
    publicKey: base64(await subtle.exportKey('spki', keys.publicKey)),
    proof: base64(await subtle.sign(ecdsa, keys.privateKey, Buffer.from(code))),
  });
  if (!ok) throw new Error(`not registered: ${JSON.stringify(answer)}`);
  return { ...answer, base, key: keys.privateKey };
}

// token proves that the device holds its key. A challenge whose answer was lost may be spent: then it asks
// for another.
export async function token({ base, key, deviceId, audience }, clock) {
  let refusal;
  for (let tries = 0; tries < 20; tries++) {
    const { answer: { challenge } } = await post(`${base}/device/challenge`, {});
    const header = base64url(JSON.stringify({ alg: 'ES256', kid: deviceId }));
    const claims = base64url(JSON.stringify({ aud: audience, challenge, deviceTime: clock().toISOString() }));
    const signature = base64url(await subtle.sign(ecdsa, key, Buffer.from(`${header}.${claims}`)));
    const { ok, answer } = await post(`${base}/device/token`, { assertion: `${header}.${claims}.${signature}` });
    if (ok) return answer.token;
    refusal = answer;
  }
  throw new Error(`no token: ${JSON.stringify(refusal)}`);
}
