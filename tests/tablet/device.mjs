// One tablet: an unmodified RxDB in a process of its own, told what to do by lines of JSON on its
// standard input. It answers every line with one, and reports pushes that were acknowledged as they
// happen. It ends with its standard input.
import './node18.mjs';
import 'fake-indexeddb/auto';
import readline from 'node:readline';
import { createRxDatabase } from 'rxdb';
import { replicateGraphQL } from 'rxdb/plugins/replication-graphql';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { wrappedValidateAjvStorage } from 'rxdb/plugins/validate-ajv';
import { generated, printed, pullOnly, pushOnly, schemas, written } from './collections.mjs';
import { register, token } from './identity.mjs';
import { openLink } from './link.mjs';
import { seal } from './seal.mjs';

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

let config;
let identity;
let bearer;
let link;
let db;
let replications = {};
const figures = { received: 0, conflicts: 0, complaints: {} };

// clock is the tablet's own, however wrong it goes; no two edits have the same time.
let last = 0;
function clock() {
  last = Math.max(Date.now() + config.skew, last + 1);
  return new Date(last);
}

// open registers the tablet under the code that its user was given, and begins to replicate.
async function open(settings) {
  config = settings;
  link = openLink({ clock, report: say });
  identity = await register(config);
  bearer = await token(identity, clock);
  setInterval(renew, 5 * 60_000).unref();
  await openDatabase();
  return { device: identity.deviceId };
}

// renew gets another token before the last one runs out.
async function renew() {
  bearer = await token(identity, clock);
  Object.values(replications).forEach((state) => state.setHeaders(headers()));
}

// headers are sent with every request, and by RxDB's builder as a variable of every subscription.
const headers = () => ({ Authorization: `Bearer ${bearer}`, 'Plumbline-App': config.name });

async function openDatabase() {
  const held = config.printed ? printed : schemas;
  const storage = config.storage === 'dexie' ? getRxStorageDexie() : getRxStorageMemory();
  db = await createRxDatabase({ name: 'tablet', storage: wrappedValidateAjvStorage({ storage }), multiInstance: false });
  await db.addCollections(Object.fromEntries(config.collections.map((name) => [name, { schema: held[name] }])));
  replications = Object.fromEntries(config.collections.map((name) => [name, replicate(name, held[name])]));
}

function replicate(name, schema) {
  const scalars = Object.values(schema.properties).some((p) => p.items);
  const builders = scalars ? written(name, schema) : generated(name, schema);
  const state = replicateGraphQL({
    collection: db[name],
    replicationIdentifier: `tablet-${name}`,
    url: { http: `${config.base}/graphql`, ws: `${config.base}/graphql`.replace('http', 'ws') },
    headers: headers(),
    fetch: link.fetch,
    deletedField: 'deleted',
    waitForLeadership: false,
    retryTime: config.retry,
    pull: pushOnly.includes(name) ? undefined : {
      batchSize: config.batch,
      queryBuilder: builders.pull,
      streamQueryBuilder: builders.stream,
      wsOptions: { connectionParams: () => ({ headers: headers() }), retryAttempts: Infinity, retryWait: () => sleep(config.retry) },
    },
    push: pullOnly.includes(name) ? undefined : { batchSize: config.batch, queryBuilder: builders.push },
  });
  state.error$.subscribe((error) => {
    const said = error.parameters?.errors?.[0]?.message ?? error.message;
    figures.complaints[said] = (figures.complaints[said] ?? 0) + 1;
  });
  state.conflict$.subscribe(() => figures.conflicts++);
  state.received$.subscribe(() => figures.received++);
  return state;
}

// edit changes documents. One that is not there cannot be changed.
async function edit({ collection, documents }) {
  for (const { id, ...changes } of documents) {
    const document = await db[collection].findOne(id).exec();
    if (!document) throw new Error(`there is no ${collection} ${id}`);
    await document.incrementalPatch({ ...changes, ...stamp(collection, id) });
  }
  return {};
}

// add adds new documents. An interview note is sealed before it is stored.
async function add({ collection, documents, key }) {
  for (const document of documents) {
    const { words, ...stored } = document;
    if (collection === 'interviewNote') Object.assign(stored, { keyId: key.id, sealed: seal(key.publicKey, stored, words) });
    await db[collection].insert({ ...stored, ...stamp(collection, document.id) });
  }
  return {};
}

// stamp remembers that a document waits to be pushed, and when it was written, if it holds that.
function stamp(collection, id) {
  const deviceTime = 'deviceTime' in schemas[collection].properties ? clock().toISOString() : '';
  link.edited(collection, id, deviceTime);
  return deviceTime ? { deviceTime } : {};
}

// sync returns when everything edited here was acknowledged and everything there was pulled, and fails
// if that takes longer than the patience, in milliseconds.
async function sync({ patience }) {
  const states = Object.values(replications);
  const late = sleep(patience).then(() => 'late');
  do {
    states.forEach((state) => state.reSync());
    if ((await Promise.race([late, Promise.all(states.map((state) => state.awaitInSync()))])) === 'late') {
      throw new Error(`not in sync after ${patience} ms: ${JSON.stringify(await report())}`);
    }
  } while (link.outbox() > 0 && (await sleep(20), true));
  return {};
}

async function dump({ collection }) {
  const documents = await db[collection].find().exec();
  return { documents: documents.map((d) => d.toJSON()).sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

// restart ends the app as a system does that needs its memory, and starts it again on what is stored.
async function restart() {
  await db.close();
  await openDatabase();
  return {};
}

const report = async () => ({ ...figures, ...link.figures, outbox: link.outbox() });

// graphql-ws does not catch the end of a connection that it was still making when it was disposed of; a
// browser would only log it.
process.on('unhandledRejection', (reason) => {
  const closed = typeof reason?.code === 'number' && 'wasClean' in reason;
  const cut = reason?.type === 'error' && typeof reason?.error?.code === 'string';
  if (!closed && !cut) throw reason;
});

// Whoever gave the commands is gone, also in the middle of one.
process.stdin.on('end', () => process.exit(0));

const commands = { open, edit, add, sync, dump, restart, report };

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { do: name, ...rest } = JSON.parse(line);
  try {
    say({ reply: await commands[name](rest) });
  } catch (error) {
    say({ failed: String(error?.stack ?? error) });
  }
}
process.exit(0);
