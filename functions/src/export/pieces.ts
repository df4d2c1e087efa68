/** Characters of one piece. */
const PIECE = 1 << 16;

/** Texts as bytes in pieces of some size: what comes behind works per piece, and thousands of small ones would be slow. */
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
