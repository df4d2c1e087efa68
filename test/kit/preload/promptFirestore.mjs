import { registerHooks } from 'node:module';
import { setImmediate, setTimeout } from 'node:timers';
import { setTimeoutHandler } from '@google-cloud/firestore/build/src/backoff.js';
import util from '@google-cloud/firestore/build/src/util.js';

/**
 * Lets the Firestore in memory answer in the next turn of the event loop, not after 3 ms: waiting
 * was most of a unit test's time. Calls made at the same time still interleave, as with a server.
 * Loaded into each worker of the unit tests, before the library.
 */
const WAITS = 'setTimeout(() => resolve(value), delay);';
const ANSWERS = 'setImmediate(() => resolve(value));';

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!/@firebase-bridge\/firestore-admin\/.*\/resolve-promise\.js$/.test(url)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(WAITS)) throw new Error(`${url} no longer waits as it did`);
    return { ...loaded, source: source.replace(WAITS, ANSWERS) };
  },
});

/** The waits of the client, for a database that answers in less than a millisecond. */
const SHORTER = 20;
// The client takes a millisecond before each call that it need not wait for. Its real waits stay,
// shorter: transactions that are repeated at the same time confuse the Firestore in memory.
setTimeoutHandler((go, ms) => void (ms === 0 ? setImmediate(go) : setTimeout(go, ms / SHORTER)));

// A call's name in the client's log is made of 40 random bytes.
util.requestTag = () => 'a tag';
