import type { IncomingHttpHeaders } from 'node:http';

const HOP_BY_HOP = new Set([
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
]);

/** Returns the headers that belong to the message, not to the connection. */
export function endToEnd(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (value === undefined || HOP_BY_HOP.has(name)) return [];
      const text = Array.isArray(value) ? value.join(', ') : value;
      return [[name, name === 'ce-document' || name === 'ce-subject' ? encoded(text) : text]];
    }),
  );
}

/**
 * Google's emulator puts a document's path into a header as it is. The functions take it as
 * percent-encoded, as CloudEvents are in production (HTTP binding 3.1.3.2). They would see another
 * id if it has an accent or a percent sign.
 */
function encoded(header: string): string {
  const bytes = [...Buffer.from(header, 'latin1')];
  const plain = (byte: number): boolean => byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x25;
  return bytes
    .map((byte) => (plain(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`))
    .join('');
}
