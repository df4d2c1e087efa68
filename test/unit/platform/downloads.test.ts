import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Storage, type File } from '@google-cloud/storage';
import { afterEach, describe, expect, it } from 'vitest';
import { chunksOf, download } from '../../../functions/src/platform/downloads.ts';

/** Vitest fails the run for a rejection that nobody handles: these tests protect from one. */

let stop: (() => void) | undefined;
afterEach(() => stop?.());

/** An object of the real SDK at a server that answers so. */
async function objectAt(answer: RequestListener): Promise<{ file: File; asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stop = () => {
    server.closeAllConnections();
    server.close();
  };
  const apiEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const storage = new Storage({ apiEndpoint, projectId: 'demo-downloads' });
  return { file: storage.bucket('b').file('f'), asked: () => asked };
}

const all = async (file: File): Promise<string> => {
  let text = '';
  for await (const chunk of chunksOf(file)) text += Buffer.from(chunk).toString();
  return text;
};

describe('an object of Cloud Storage', () => {
  it('is read whole, and as its bytes come', async () => {
    const { file } = await objectAt((_, response) => response.end('content'));
    expect(await all(file)).toBe('content');
    expect(String(await download(file))).toBe('content');
  });

  it.each([429, 500, 503])('from a server that answers %s fails after one try, and ends no process', async (status) => {
    const { file, asked } = await objectAt((_, response) => response.writeHead(status).end('busy'));
    await expect(all(file)).rejects.toMatchObject({ code: status });
    await expect(download(file)).rejects.toMatchObject({ code: status });
    expect(asked()).toBe(2);
  });

  it('with a reader that goes before the answer comes ends no process', async () => {
    let answer = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => {
      void objectAt((_, response) => {
        answer = () => void response.end('content');
        resolve();
      }).then(({ file }) => {
        const chunks = chunksOf(file);
        gone = Promise.all([chunks.next(), chunks.return(undefined)]);
      });
    });
    let gone: Promise<unknown> | undefined;
    await isAsked;
    answer();
    expect(await gone).toMatchObject([{ done: false }, { done: true }]);
  });
});
