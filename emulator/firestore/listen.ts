import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Duplex } from 'node:stream';
import { readsOf, type Ledger } from './billing.ts';
import { pathOf, type Database, type Databases, type Message } from './databases.ts';
import { completeQuery, type StructuredQuery } from './queries.ts';
import { toStatus } from './status.ts';

interface ListenRequest extends Message {
  database?: string;
  addTarget?: Message & { targetId?: number; query?: { structuredQuery?: StructuredQuery } };
  removeTarget?: number;
}

/**
 * Real-time listeners. A client SDK asks for all its targets through one stream. The package
 * (0.0.10) reports consistency only once every target of a stream has changed, so each target gets
 * a stream of its own inside.
 */
export function listen(call: ServerDuplexStream<Message, Message>, databases: Databases, ledger: Ledger): void {
  const targets = new Map<number, Duplex>();
  const fail = (error: unknown): void => void call.emit('error', toStatus(error));

  const add = async (request: ListenRequest, database: Database): Promise<void> => {
    const target = request.addTarget?.targetId ?? 0;
    const stream = await database.use((client) => Promise.resolve(client.listen()));
    targets.set(target, stream);
    stream.on('error', fail).on('data', (answer: Message) => {
      if (answer.documentChange) ledger.add(database, readsOf(1));
      call.write(named(answer, target, database));
    });
    const query = request.addTarget?.query;
    if (query) query.structuredQuery = completeQuery(query.structuredQuery ?? {});
    stream.write(request);
  };

  call.on('data', (request: ListenRequest) => {
    if (request.addTarget)
      Promise.resolve()
        .then(() => add(request, databases.of(request.database)))
        .catch(fail);
    else if (request.removeTarget !== undefined) {
      targets.get(request.removeTarget)?.destroy();
      targets.delete(request.removeTarget);
      call.write({ targetChange: { targetChangeType: 'REMOVE', targetIds: [request.removeTarget] } });
    }
  });
  const close = (): void => {
    for (const stream of targets.values()) stream.destroy();
    targets.clear();
  };
  call.on('cancelled', close).on('end', () => {
    close();
    call.end();
  });
}

/**
 * Names the target that a document left. The package reports such a document as deleted, and names
 * no target: the client SDK would keep it in the query, and forget it elsewhere.
 */
function named(answer: Message, target: number, database: Database): Message {
  const gone = answer.documentDelete as { document: string } | undefined;
  if (!gone) return answer;
  const message = { ...gone, removedTargetIds: [target] };
  return database.control.database.getDocument(pathOf(gone.document)).exists
    ? { documentRemove: message }
    : { documentDelete: message };
}
