import type { Firestore } from 'firebase-admin/firestore';
import type { RecordedRequest } from '../../../../emulator/standins/index.ts';
import type { Context } from '../../../../functions/src/platform/context.ts';

/** The part of the Firestore client that carries each call. */
interface Client {
  request(method: string, call: unknown, ...rest: unknown[]): Promise<unknown>;
}

/** A write as Firestore's client sends it. */
interface Write {
  readonly update?: { readonly name: string; readonly fields?: unknown };
  readonly delete?: string;
}

/** A hash that names a person: of a chain, or of an address. */
const HASH = /v\d+_[A-Za-z0-9_-]{43}/g;

/** The addresses of the local Stripe and the local Brevo. */
export interface Elsewhere {
  readonly stripe: string;
  readonly brevo: string;
}

/**
 * Runs work, and returns everything that it wrote. Ids and addresses at Stripe and Brevo are
 * `system id`, documents of the app are `firestore path`. Every whole text and hash in a document
 * of the backend is `own text`.
 */
export async function traced(
  { clients }: Pick<Context, 'clients'>,
  elsewhere: Elsewhere,
  work: () => Promise<unknown>,
): Promise<Set<string>> {
  const touched = new Set<string>();
  const ends = [
    watch(clients.app(), ({ path }) => {
      const parts = path.split('/');
      touched.add(`firestore ${path}`).add(`firestore ${parts.slice(0, 2).join('/')}`);
    }),
    watch(clients.own(), ({ path, fields }) => {
      const names = [...path.split('/'), path.split('/').slice(0, 2).join('/')];
      for (const text of [...names, ...textsIn(fields), ...hashesIn(path, fields)]) touched.add(`own ${text}`);
    }),
  ];
  for (const url of Object.values(elsewhere)) await fetch(`${url}/_control/requests`, { method: 'DELETE' });
  try {
    await work();
  } finally {
    for (const end of ends) end();
  }
  for (const [system, url] of Object.entries(elsewhere)) {
    const calls = (await (await fetch(`${url}/_control/requests`)).json()) as RecordedRequest[];
    for (const call of calls) if (call.method !== 'GET') for (const one of namedIn(system, call)) touched.add(one);
  }
  return touched;
}

/** Tells of each document that is written; returns how to end that. */
function watch(db: Firestore, seen: (write: { path: string; fields: unknown }) => void): () => void {
  const client = db as unknown as Client;
  const original = client.request.bind(client);
  client.request = (method, call, ...rest) => {
    for (const { update, delete: gone } of (call as { writes?: Write[] } | null)?.writes ?? []) {
      const name = update?.name ?? gone ?? '';
      seen({ path: name.slice(name.indexOf('/documents/') + '/documents/'.length), fields: update?.fields });
    }
    return original(method, call, ...rest);
  };
  return () => {
    client.request = original;
  };
}

const hashesIn = (path: string, fields: unknown): string[] =>
  `${path} ${JSON.stringify(fields ?? {})}`.match(HASH) ?? [];

/** Every text in a value, at any depth. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The ids in the path of a call, and the addresses that it writes to or sets. */
function namedIn(system: string, { path, body }: RecordedRequest): string[] {
  const { email, to, attributes } = (body ?? {}) as {
    email?: unknown;
    to?: { email?: unknown }[];
    attributes?: { EMAIL?: unknown };
  };
  const addresses = [email, attributes?.EMAIL, ...(Array.isArray(to) ? to.map((one) => one.email) : [])];
  const parts = path.split('/').map(decodeURIComponent);
  return [
    ...[...parts, parts.slice(-2).join('/')].map((part) => `${system} ${part}`),
    ...addresses.filter((one) => typeof one === 'string'),
  ];
}
