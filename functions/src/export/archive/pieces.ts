/** Characters of one piece. */
const PIECE = 1 << 16;

/**
 * Yields texts as bytes in pieces of some size: the next stages work per piece, and thousands of
 * small ones would be slow.
 */
export async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield Buffer.from(piece, 'utf8');
    piece = '';
  }
  if (piece !== '') yield Buffer.from(piece, 'utf8');
}

const NEWLINE = 0x0a;

/**
 * Splits bytes at line feeds, before decoding: no character is cut. A row's own line feeds are
 * escaped in JSON.
 */
export async function* lines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  for await (const chunk of bytes) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      parts.push(chunk.subarray(from, at));
      yield Buffer.concat(parts).toString('utf8');
      parts = [];
      from = at + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  }
  if (parts.length > 0) throw new Error('a file of lines that ends in the middle of one');
}
