import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { insidePackage } from '../protos.ts';
import type { Database, Databases, Message, StoredDocument } from './databases.ts';

/** A function's interest in documents, as the CLI registers it. */
export interface Trigger {
  readonly project: string;
  readonly database: string;
  /**
   * The name under which the Functions emulator knows the function, for example
   * `europe-west1-onConsent-0`.
   */
  readonly key: string;
  /** For example `google.cloud.firestore.document.v1.written`. */
  readonly type: string;
  /** For example `users/{uid}/consents/{purpose}`. */
  readonly route: string;
}

interface EventEncoder {
  fromObject(event: object): unknown;
  encode(message: unknown): { finish(): Uint8Array };
}

// The encoder of Firestore's events that firebase-functions decodes them with; its package does not
// export it.
const { google } = createRequire(import.meta.url)(
  insidePackage('firebase-functions/logger', '../../protos/compiledFirestore.js'),
) as { google: { events: { cloud: { firestore: { v1: { DocumentEventData: EventEncoder } } } } } };
const { DocumentEventData } = google.events.cloud.firestore.v1;

/**
 * Sends an event for every change of a document that a function waits for, to the courier or the
 * Functions emulator.
 */
export class Triggers {
  readonly #triggers: Trigger[] = [];
  readonly #target: string | undefined;

  /** @param target host and port that take the events; none: no event is sent */
  constructor(target: string | undefined) {
    this.#target = target;
  }

  /** Takes a function's trigger, for the databases that are open and for those that will be. */
  add(trigger: Trigger, databases: Databases): void {
    this.#triggers.push(trigger);
    for (const database of databases.all()) this.#bind(database, trigger);
  }

  /** Binds the triggers that were registered before this database was opened. */
  bindAll(database: Database): void {
    for (const trigger of this.#triggers) this.#bind(database, trigger);
  }

  #bind(database: Database, trigger: Trigger): void {
    if (database.project !== trigger.project || database.id !== trigger.database) return;
    database.control.database.registerTrigger({
      route: trigger.route,
      callback: ({ doc }) => {
        const kind = kindOfChange(doc);
        if (!trigger.type.endsWith('.written') && !trigger.type.endsWith(`.${kind}`)) return;
        this.#deliver(database, trigger, doc).catch((error: unknown) =>
          console.error(`event for ${trigger.key} not delivered:`, error),
        );
      },
    });
  }

  async #deliver(database: Database, trigger: Trigger, document: StoredDocument): Promise<void> {
    if (this.#target === undefined) return;
    const data = await database.use(async (client) => {
      const serialise = (one: StoredDocument | undefined): Message | undefined =>
        one?.exists ? client.context.serializeDoc(one) : undefined;
      return { value: serialise(document), oldValue: serialise(document.previous) };
    });
    const body = DocumentEventData.encode(DocumentEventData.fromObject(data)).finish();
    const answer = await fetch(
      `http://${this.#target}/functions/projects/${database.project}/triggers/${trigger.key}`,
      {
        method: 'POST',
        // The Functions emulator expects a protobuf body in base64.
        body: Buffer.from(body).toString('base64'),
        headers: {
          'content-type': 'application/protobuf',
          'ce-specversion': '1.0',
          'ce-id': randomUUID(),
          'ce-type': trigger.type,
          'ce-source': `//firestore.googleapis.com/projects/${database.project}/databases/${database.id}`,
          'ce-subject': `documents/${headerValue(document.path)}`,
          'ce-time': document.serverTime.toDate().toISOString(),
          'ce-project': database.project,
          'ce-database': database.id,
          'ce-namespace': '(default)',
          'ce-document': headerValue(document.path),
          'ce-location': 'nam5',
        },
      },
    );
    await answer.arrayBuffer();
  }
}

/** Returns the kind of a change. */
export function kindOfChange(document: {
  exists: boolean;
  previous?: { exists: boolean };
}): 'created' | 'updated' | 'deleted' {
  if (!document.exists) return 'deleted';
  return document.previous?.exists ? 'updated' : 'created';
}

/** The bytes of a path, as Google's emulator sends them: the courier encodes them. */
function headerValue(path: string): string {
  return Buffer.from(path).toString('latin1');
}
