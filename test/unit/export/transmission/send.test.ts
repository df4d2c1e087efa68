import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../../functions/src/export/transmission/publicAddress.ts';
import type { Parcel, SenderOptions } from '../../../../functions/src/export/transmission/send.ts';
import { HOST, otherController, type OtherController } from './otherController.ts';

/**
 * Tests the transmission to another controller (Art. 20(2)), and its limits: over real HTTPS, on
 * loopback.
 */

const archive = Buffer.from('PK the whole of a person '.repeat(20_000));
const sha256 = createHash('sha256').update(archive).digest('hex');
async function* pieces(bytes: Buffer, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const parcel = (more: Partial<Parcel> = {}): Parcel => ({
  url: new URL(`https://${HOST}/up?token=s3cret`),
  bytes: archive.length,
  sha256,
  fileName: 'personal-data.zip',
  read: () => pieces(archive),
  ...more,
});

let other: OtherController | undefined;
afterEach(async () => {
  await other?.close();
  other = undefined;
});

const status = (code: number, headers: Record<string, string> = {}) =>
  otherController((_, response) => void response.writeHead(code, headers).end('a body that nobody reads'));
async function send(to: Promise<OtherController>, options?: SenderOptions, more: Partial<Parcel> = {}) {
  other = await to;
  return other.sender(options)(parcel(more));
}

describe('an archive that is sent', () => {
  it('arrives whole, by PUT, with its digest, once', async () => {
    expect(await send(status(201))).toEqual({ ok: true, status: 201 });
    expect(other?.received).toHaveLength(1);
    const [got] = other?.received ?? [];
    expect(got).toMatchObject({
      method: 'PUT',
      url: '/up?token=s3cret',
      headers: {
        host: expect.stringMatching(`^${HOST}(:\\d+)?$`) as string,
        'content-type': 'application/zip',
        'content-length': String(archive.length),
        'content-disposition': 'attachment; filename="personal-data.zip"',
        'repr-digest': `sha-256=:${createHash('sha256').update(archive).digest('base64')}:`,
      },
    });
    expect(got?.body.equals(archive)).toBe(true);
    // The connection goes to the answer of one look-up: a name that answers otherwise the second
    // time has no second time.
    expect(other?.asked).toEqual([HOST]);
  });

  it.each([
    [301, { because: 'redirect', again: false }],
    [307, { because: 'redirect', again: false }],
    [400, { because: 'refused', again: false }],
    [403, { because: 'refused', again: false }],
    [409, { because: 'refused', again: false }],
    [408, { because: 'unavailable', again: true }],
    [429, { because: 'unavailable', again: true }],
    [500, { because: 'unavailable', again: true }],
    [503, { because: 'unavailable', again: true }],
  ])('an answer of %i means the same as over HTTP', async (code, expected) => {
    expect(await send(status(code, { location: `https://${HOST}/elsewhere` }))).toEqual({
      ok: false,
      reached: true,
      ...expected,
    });
    // Nothing went after a redirect, nor twice.
    expect(other?.received).toHaveLength(1);
  });

  it('is asked back for when the other side says when', async () => {
    expect(await send(status(429, { 'retry-after': '120' }))).toMatchObject({
      because: 'unavailable',
      retryAfter: 120,
    });
  });

  it('of which the other side hears enough after a few bytes ends there', async () => {
    const refusing = otherController((_, response) => void response.writeHead(413).end(), { early: true });
    const read = { pieces: 0 };
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (; read.pieces < 100_000; read.pieces++) yield archive;
    };
    const sent = await send(refusing, {}, { bytes: archive.length * 100_000, read: endless });
    expect(sent).toMatchObject({ ok: false });
    expect(sent.ok ? [] : ['refused', 'noAnswer']).toContain(sent.ok ? '' : sent.because);
    expect(read.pieces).toBeLessThan(100_000);
  });

  it('an answer that comes before the whole archive was there is none', async () => {
    const hasty = otherController((_, response) => void response.writeHead(200).end(), { early: true });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield archive.subarray(0, 1000);
      yield archive.subarray(1000, 2000);
      await held;
      yield archive.subarray(2000);
    };
    expect(await send(hasty, {}, { read: slow })).toMatchObject({
      ok: false,
      because: 'noAnswer',
      again: true,
      reached: true,
    });
    release();
  });

  it('silence ends, and so does a line that breaks', async () => {
    const silent = otherController(() => undefined);
    expect(await send(silent, { idleMs: 500 })).toEqual({ ok: false, because: 'noAnswer', again: true, reached: true });
    await other?.close();
    const broken = otherController((request) => void request.socket.destroy());
    expect(await send(broken)).toEqual({ ok: false, because: 'noAnswer', again: true, reached: true });
    await other?.close();
    const forever = otherController((_, response) => void setInterval(() => response.writeProcessing(), 5).unref());
    expect(await send(forever, { wholeMs: 200 })).toMatchObject({ ok: false, because: 'noAnswer' });
  });

  it('is the one that was published, or its last byte stays here', async () => {
    const changed = Buffer.from(archive);
    changed[7] = 0;
    await expect(send(status(200), {}, { read: () => pieces(changed) })).rejects.toThrow('not the one');
    expect(other?.received).toEqual([]);
    await other?.close();
    await expect(send(status(200), {}, { read: () => pieces(archive.subarray(1)) })).rejects.toThrow('not the one');
    expect(other?.received).toEqual([]);
  });

  it('that cannot be read is a failed attempt, and not the other side’s', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield archive.subarray(0, 10);
      throw new Error('the bucket is down');
    };
    await expect(send(status(200), {}, { read: broken })).rejects.toThrow('the bucket is down');
    expect(other?.received).toEqual([]);
  });
});

describe('places to which an archive never goes', () => {
  const nothing = () => expect(other?.received).toEqual([]);

  it.each([
    [[{ address: '127.0.0.1', family: 4 }]],
    // One public answer does not make the other one harmless: which of them is connected to is not
    // ours to say.
    [
      [
        { address: '93.184.216.34', family: 4 },
        { address: '169.254.169.254', family: 4 },
      ],
    ],
    [[{ address: '::ffff:10.0.0.1', family: 6 }]],
    [[{ address: 'fd00::1', family: 6 }]],
  ])('to a name that leads to %j', async (addresses) => {
    const answered = otherController((_, response) => void response.end(), { addresses });
    expect(await send(answered, { isAllowed: isPublicAddress })).toEqual({
      ok: false,
      because: 'privateAddress',
      again: false,
      reached: false,
    });
    nothing();
  });

  it('to a name that leads nowhere', async () => {
    const lookup = ((_: string, __: object, callback: (error: Error) => void) =>
      callback(Object.assign(new Error('none'), { code: 'ENOTFOUND' }))) as unknown as NonNullable<
      SenderOptions['lookup']
    >;
    expect(await send(status(200), { lookup })).toEqual({
      ok: false,
      because: 'unknownHost',
      again: true,
      reached: false,
    });
  });

  it('to a host that cannot prove its name, or has a certificate that nobody trusts', async () => {
    expect(await send(status(200), {}, { url: new URL('https://another.example.org/up') })).toEqual({
      ok: false,
      because: 'notTrusted',
      again: false,
      reached: false,
    });
    nothing();
    await other?.close();
    other = await status(200);
    expect(await other.sender({ ca: 'nobody' })(parcel())).toEqual({
      ok: false,
      because: 'notTrusted',
      again: false,
      reached: false,
    });
    nothing();
  });
});

describe('addresses of the public internet', () => {
  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.8.9.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:192.168.0.1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '4000::1',
    'e000::1',
    'fe80::1%eth0',
    '',
    'localhost',
    '1',
    '0x7f.1',
    '127.1',
    '2130706433',
  ])('%s is none of them', (address) => expect(isPublicAddress(address)).toBe(false));

  it.each([
    '93.184.216.34',
    '8.8.8.8',
    '172.32.0.1',
    '192.169.0.1',
    '2606:4700::1111',
    '2a00:1450:4007::1',
    '::ffff:8.8.8.8',
  ])('%s is one of them', (address) => expect(isPublicAddress(address)).toBe(true));

  it('an IPv4 address is public whichever way it is written, or in none', () => {
    const byte = fc.nat({ max: 255 });
    fc.assert(
      fc.property(byte, byte, byte, byte, (...bytes) => {
        const plain = bytes.join('.');
        expect(isPublicAddress(`::ffff:${plain}`)).toBe(isPublicAddress(plain));
        if (bytes[0] === 10 || bytes[0] === 127) expect(isPublicAddress(plain)).toBe(false);
      }),
    );
  });
});
