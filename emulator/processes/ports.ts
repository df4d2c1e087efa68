import { createServer } from 'node:net';

/** Everything listens here; nothing of a suite is reachable from another machine. */
export const HOST = '127.0.0.1';

/** The ports of a suite's parts: the CLI's own defaults, and our own servers beside them. */
export const DEFAULT_PORTS = {
  hub: 4400,
  logging: 4500,
  functions: 5001,
  courier: 5999,
  firestore: 8080,
  pubsub: 8085,
  auth: 9099,
  firestoreWebsocket: 9150,
  storage: 9199,
  eventarc: 9299,
  tasks: 9499,
  stripe: 12111,
  brevo: 12112,
};

/** A port for each part of a suite. */
export type Ports = typeof DEFAULT_PORTS;

/**
 * The values of `--ports`: the usual ports, or a block of free ones, so that suites run side by
 * side.
 */
export type PortChoice = 'auto' | 'default';

const NAMES = Object.keys(DEFAULT_PORTS) as (keyof Ports)[];
// Below the range from which systems give ports to outgoing connections, and above the usual
// services.
const FIRST = 20_000;
const LAST = 29_000;
const BLOCK = 20;

/**
 * Chooses the ports of a new suite.
 *
 * @param reserve binds the courier's port, as the suite's mark on its block, and gives up the one
 *   it had: false if another suite was faster
 * @throws Error that names the ports in use and the parts that want them
 */
export async function choosePorts(choice: PortChoice, reserve: (port: number) => Promise<boolean>): Promise<Ports> {
  if (choice === 'default') {
    const taken: string[] = [];
    for (const name of NAMES) if (!(await isFree(DEFAULT_PORTS[name]))) taken.push(`${DEFAULT_PORTS[name]} (${name})`);
    if (taken.length === 0 && (await reserve(DEFAULT_PORTS.courier))) return DEFAULT_PORTS;
    const which = taken.length > 0 ? taken.join(', ') : `${DEFAULT_PORTS.courier} (courier)`;
    throw new Error(`in use: port ${which}. Stop what runs there, or use --ports auto.`);
  }
  for (let attempt = 0; attempt < 100; attempt++) {
    const base = FIRST + BLOCK * Math.floor((Math.random() * (LAST - FIRST)) / BLOCK);
    const ports = Object.fromEntries(NAMES.map((name, index) => [name, base + index])) as Ports;
    if (!(await reserve(ports.courier))) continue;
    const free = await Promise.all(NAMES.map(async (name) => name === 'courier' || isFree(ports[name])));
    if (free.every(Boolean)) return ports;
  }
  throw new Error(`found no block of ${NAMES.length} free ports between ${FIRST} and ${LAST}`);
}

/** True if nothing listens on a port of this machine's loopback. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}
