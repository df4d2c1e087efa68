import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Client, Database, Message } from './databases.ts';

/** The parts of a read that name its transaction. */
interface Read extends Message {
  documents?: string[];
  transaction?: Uint8Array;
  newTransaction?: { readOnly?: unknown };
}

/** Transactions that only read take no locks. */
const readers = new Set<string>();

const nameOf = (id: Uint8Array): string => Buffer.from(id).toString('base64');

/** Makes writes at a time of their own, and ends the transaction that they belong to. */
export async function commit(database: Database, request: Message): Promise<Message> {
  try {
    const [response] = await database.use((client) =>
      database.clock.commit(() => client.commit({ ...request, writes: operations(request) })),
    );
    return response;
  } finally {
    end(database, request);
  }
}

/** Makes writes one by one, each even if others fail. */
export async function batchWrite(database: Database, request: Message): Promise<Message> {
  const [response] = await database.use((client) => database.clock.commit(() => client.batchWrite(request)));
  return response;
}

/** Gives a transaction up. */
export async function rollback(database: Database, request: Message): Promise<Message> {
  try {
    const [response] = await database.use((client) => client.rollback(request));
    return response;
  } finally {
    end(database, request);
  }
}

/** Reads documents; in a transaction that may write, nobody else's reads them until it ends. */
export async function readDocuments(database: Database, client: Client, request: Read): Promise<Duplex> {
  const { documents = [], transaction, newTransaction } = request;
  const owner = transaction ? nameOf(transaction) : newTransaction ? randomUUID() : undefined;
  if (owner !== undefined && !newTransaction?.readOnly && !readers.has(owner))
    await database.locks.acquire(owner, documents);
  const answers = client.batchGetDocuments(request);
  if (owner !== undefined && newTransaction)
    answers.once('data', (first: { transaction?: Uint8Array }) => {
      if (!first.transaction) return;
      if (newTransaction.readOnly) readers.add(nameOf(first.transaction));
      else database.locks.rename(owner, nameOf(first.transaction));
    });
  return answers;
}

/**
 * Returns the writes of a commit without those that write nothing. The client SDK verifies with
 * such a write that a document which its transaction only read is unchanged. The field is not in
 * Google's public .proto files, the package refuses such writes, and here they are passed over.
 */
function operations(request: Message): Message[] {
  return ((request.writes ?? []) as Message[]).filter(
    (write) => write.update !== undefined || write.delete !== undefined || write.transform !== undefined,
  );
}

function end(database: Database, { transaction }: Read): void {
  if (!transaction) return;
  readers.delete(nameOf(transaction));
  database.locks.release(nameOf(transaction));
}
