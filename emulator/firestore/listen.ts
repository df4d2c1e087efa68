import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Duplex } from 'node:stream';
import { readsOf, type Ledger } from './billing.ts';
import type { Databases, Message } from './databases.ts';
import { toStatus } from './service.ts';

interface ListenRequest extends Message {
  database?: string;
  addTarget?: Message & { targetId?: number };
  removeTarget?: number;
}

/** Real-time listeners: the stream's messages are handed on to the in-memory client, and back. */
export function listen(call: ServerDuplexStream<Message, Message>, databases: Databases, ledger: Ledger): void {
  let inner: Duplex | undefined;
  call.once('data', (first: ListenRequest) => {
    Promise.resolve()
      .then(() => databases.of(first.database))
      .then((database) =>
        database.use(
          (client) =>
            new Promise<void>((resolve, reject) => {
              inner = client.listen();
              inner.on('data', (answer: Message) => {
                if (answer.documentChange) ledger.add(database.id, readsOf(1));
                call.write(answer);
              });
              inner.on('error', reject).on('end', resolve);
              inner.write(first);
              call.on('data', (request: ListenRequest) => void inner?.write(request));
              call.on('end', () => void inner?.end());
              call.on('cancelled', () => {
                inner?.destroy();
                resolve();
              });
            }),
        ),
      )
      .then(
        () => call.end(),
        (error: unknown) => call.emit('error', toStatus(error)),
      );
  });
}
