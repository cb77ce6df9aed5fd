// A plain subscriber, by npm graphql-ws or npm graphql-sse. Its one argument says what to subscribe to and
// what to do wrong; it says what it sees in lines of JSON on its standard output, and ends with its
// standard input.
import './node18.mjs';
import { createClient as createEvents } from 'graphql-sse';
import { createClient as createSocket } from 'graphql-ws/client';
import { WebSocket } from 'ws';

const asked = JSON.parse(process.argv[2]);
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const Authorization = `Bearer ${asked.token}`;
const retryAttempts = asked.again ? Infinity : 0;
const retryWait = () => sleep(50);

// Hasty says connection_init twice.
class Hasty extends WebSocket {
  send(text, ...rest) {
    super.send(text, ...rest);
    if (JSON.parse(text).type === 'connection_init') super.send(text);
  }
}

function socket() {
  return createSocket({
    url: asked.url,
    webSocketImpl: asked.initTwice ? Hasty : WebSocket,
    generateID: asked.sameID ? () => 'same' : undefined,
    connectionParams: async () => {
      await sleep(asked.initAfter ?? 0);
      return { headers: { Authorization } };
    },
    retryAttempts,
    retryWait,
    shouldRetry: () => true,
    on: {
      connected: () => say({ event: 'connected' }),
      closed: ({ code, reason }) => say({ event: 'closed', code, reason }),
    },
  });
}

function events() {
  return createEvents({
    url: asked.url, headers: { Authorization }, retryAttempts, retry: retryWait,
    on: { connected: () => say({ event: 'connected' }) },
  });
}

const client = asked.kind === 'sse' ? events() : socket();
const subscribe = () =>
  client.subscribe({ query: asked.query, variables: asked.variables }, {
    next: ({ data, errors }) => say({ event: 'next', data, errors }),
    error: (error) => say({ event: 'error', message: error?.message ?? JSON.stringify(error), status: error?.response?.status }),
    complete: () => say({ event: 'complete' }),
  });
subscribe();
if (asked.sameID) subscribe();

process.stdin.resume().on('end', () => process.exit(0));
