// A tablet that replicates the answers by npm rxdb 17.6.0, as docs/rxdb.md explains: node rxdb.mjs SERVER CODE
// registers under the code and tells what it holds. Lines of its standard input are what its user does:
//   rate ANSWER RATING REMARKS...    sign-in TOKEN    quit
import readline from "node:readline";
import { createRxDatabase } from "rxdb";
import { pullQueryBuilderFromRxSchema, pullStreamBuilderFromRxSchema, pushQueryBuilderFromRxSchema, replicateGraphQL } from "rxdb/plugins/replication-graphql";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";

const [server, code] = process.argv.slice(2);
let last = 0;
const clock = () => new Date(last = Math.max(Date.now(), last + 1)).toISOString(); // however wrong it goes, and never the same twice
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const base64 = (bytes, form = "base64") => Buffer.from(bytes).toString(form);
const part = (value) => base64(JSON.stringify(value), "base64url");

// The device: docs/devices.md. Keep the key pair, what the registration returned, epoch and waiting.
const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
const sign = (text) => crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, keys.privateKey, new TextEncoder().encode(text));
const device = await post("/device/register", { code, name: "an example",
  publicKey: base64(await crypto.subtle.exportKey("spki", keys.publicKey)), proof: base64(await sign(code)) });
let epoch = 1; // part of the identifier of the replication
const waiting = new Map(); // by answer: the inspection and the time of what was written here and is not acknowledged

async function post(path, body) {
  const response = await fetch(server + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  return good(await response.json());
}

function good(answer) {
  if (answer.errors) throw Object.assign(new Error(answer.errors[0].message), { code: answer.errors[0].extensions?.code });
  return answer;
}

let held; // the device's token, or the one of a sign-in
async function token() {
  if (held && performance.now() < held.until) return held.token;
  const { challenge } = await post("/device/challenge", {});
  const unsigned = `${part({ alg: "ES256", kid: device.deviceId })}.${part({ aud: device.audience, challenge, deviceTime: clock() })}`;
  const given = await post("/device/token", { assertion: `${unsigned}.${base64(await sign(unsigned), "base64url")}` });
  held = { token: given.token, until: performance.now() + (given.expiresIn - 60) * 1000 };
  return held.token;
}

// send is the fetch of RxDB: it adds the headers, and reads of the response what RxDB drops.
async function send(request) {
  const once = async () => {
    const headers = new Headers(request.headers);
    headers.set("Authorization", `Bearer ${await token()}`);
    headers.set("Plumbline-Device", device.deviceId);
    headers.set("Plumbline-Device-Time", clock());
    return fetch(new Request(request.clone(), { headers }));
  };
  let response = await once();
  if (response.status === 401) {
    held = undefined;
    response = await once();
  }
  acknowledge((await request.clone().json()).variables, await response.clone().json());
  return response;
}

function acknowledge({ answerPushRow: rows }, { data, errors, extensions }) {
  if (!rows || errors || !data) return;
  const refused = extensions?.refusedWrites ?? [];
  for (const { id, code, message } of refused) console.log(`refused ${id} ${code}: ${message}`);
  for (const { newDocumentState: { id, deviceTime } } of rows) {
    if (waiting.get(id)?.deviceTime === deviceTime) waiting.delete(id); // not if it was written again meanwhile
  }
  const notTaken = data.pushAnswer.map((master) => master.id).filter((id) => !refused.some((write) => write.id === id));
  for (const inspectionId of new Set(rows.map((row) => row.newDocumentState.inspectionId))) {
    const report = () => afterPush(inspectionId, notTaken).catch((error) => {
      console.log(`not reported: ${error.message}`);
      if (error.code !== "FORBIDDEN") setTimeout(report, 5000); // a revoked device is forbidden to report
    });
    report();
  }
}

async function graphql(query, variables) {
  const response = await send(new Request(`${server}/graphql`, { method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables }) }));
  return good(await response.json()).data;
}

async function afterPush(inspectionId, notTaken) {
  if (notTaken.length > 0) {
    const { inspection } = await graphql(`query ($id: ID!) { inspection(id: $id) { disputes { answerId fields agreed ruledAt } } }`, { id: inspectionId });
    for (const { answerId, fields, agreed, ruledAt } of inspection.disputes) {
      if (notTaken.includes(answerId) && !agreed && !ruledAt) console.log(`disputed ${answerId}: ${fields}`);
    }
  }
  const input = { inspectionId, waiting: [...waiting.values()].filter((write) => write.inspectionId === inspectionId).length, deviceTime: clock() };
  const { reportOutbox } = await graphql(`mutation ($input: ReportOutboxInput!) {
    reportOutbox(input: $input) { contact { outbox } problems { message } } }`, { input });
  console.log(`waiting ${reportOutbox.contact?.outbox ?? reportOutbox.problems[0].message}`);
}

const text = { type: "string" }, maybe = { type: ["string", "null"] };
const schema = {
  version: 0, primaryKey: "id", type: "object", required: ["id"],
  properties: {
    id: { type: "string", maxLength: 36 }, inspectionId: text, requirementId: text, standardId: text, rating: text, reason: text, remarks: text,
    methods: { type: "array" }, // no items: the builders would ask for fields of a word
    correctedOnSite: text, seq: text, authorId: maybe, deviceId: maybe, deviceTime: maybe, recordedAt: maybe,
  },
};
const built = { schema, checkpointFields: ["seq"], deletedField: "deleted" };
const db = await createRxDatabase({ name: "tablet", storage: getRxStorageMemory(), multiInstance: false });
await db.addCollections({ answer: { schema } });

let replication;
function replicate({ reads }) {
  const mine = replicateGraphQL({
    collection: db.answer, replicationIdentifier: `answer-${epoch}`, deletedField: "deleted", waitForLeadership: false, fetch: send,
    url: { http: `${server}/graphql`, ws: `${server.replace(/^http/, "ws")}/graphql?device=${device.deviceId}` },
    pull: reads ? {
      batchSize: 500, queryBuilder: pullQueryBuilderFromRxSchema("answer", built), streamQueryBuilder: pullStreamBuilderFromRxSchema("answer", built),
      wsOptions: {
        connectionParams: async () => ({ authorization: await token().catch(() => "none") }), // it must not fail
        retryAttempts: Infinity, retryWait: () => sleep(5000 * Math.random()),
        on: { closed: ({ code }) => { if (code === 4403) { held = undefined; mine.reSync(); } } }, // a new token, or the reason why there is none
      },
    } : undefined,
    push: { batchSize: 100, queryBuilder: pushQueryBuilderFromRxSchema("answer", built) },
  });
  mine.error$.subscribe(async ({ parameters }) => {
    const code = parameters?.errors?.[0]?.extensions?.code ?? parameters?.errors?.[0]?.code;
    if (mine !== replication || (code !== "EPOCH_CHANGED" && !(code === "DEVICE_REVOKED" && reads))) return; // RxDB tries again
    console.log(code);
    replication = undefined;
    await mine.cancel();
    if (code === "EPOCH_CHANGED") epoch++;
    replicate({ reads: code !== "DEVICE_REVOKED" });
  });
  replication = mine;
}

process.on("unhandledRejection", (reason) => { // Node alone: a connection that ends while it is made, and nobody waits for it any more
  if (!("wasClean" in reason) && reason.type !== "error") throw reason;
});

replicate({ reads: true });
await replication.awaitInitialReplication();
console.log(`holds ${await db.answer.count().exec()} answers`);
db.answer.update$.subscribe(({ documentId }) => console.log(`changed ${documentId}`)); // here, or by somebody else
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [command, id, rating, ...remarks] = line.split(" ");
  if (command === "quit") break;
  if (command === "sign-in") held = { token: id, until: Infinity };
  if (command === "rate") {
    const answer = await db.answer.findOne(id).exec(), deviceTime = clock();
    waiting.set(id, { inspectionId: answer.inspectionId, deviceTime });
    await answer.incrementalPatch({ rating, methods: ["OBSERVATION"], remarks: remarks.join(" "), deviceTime });
  }
}
await replication.cancel();
process.exit();
