import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { loadRequest } from '../../../../functions/src/requests/store.ts';
import { findRequest } from '../../../../functions/src/rights/answers/find.ts';
import { planReply, sendReply } from '../../../../functions/src/rights/answers/reply.ts';
import { copyName } from '../../../../functions/src/rights/ways/copied.ts';
import type { ExportRow } from '../../../../functions/src/export/archive/rows.ts';
import type { Kept } from '../../../../functions/src/export/look/decide.ts';
import { writeCopy } from '../../../../functions/src/rights/ways/copy.ts';
import { requestToLook, showCopyRows, type CopyAnswer } from '../../../../functions/src/rights/ways/lookAtCopy.ts';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import type { Entry } from '../../../../functions/src/rights/ways/form.ts';
import { NOW, type World } from '../../erasure/memory.ts';
import { requestNamed } from '../../requests/helpers.ts';
import { eachInWorld, letter } from './letters.ts';
import { memoryStore, unzip } from '../../export/helpers.ts';

const OFFICER = `v1_${'o'.repeat(43)}`;
let world: World;
eachInWorld((made) => {
  world = made;
});

let number = 0;
const stranger = () => `copied${(number += 1)}@example.com`;
const enter = (person: NonNullable<Entry['person']>, more: Partial<Entry> = {}) =>
  enterRequest(world.context, letter({ receivedAt: NOW, person, ...more }));
const found = (key: string) => requestNamed(world.context, key);
async function copy(key: string, decide?: (rows: readonly Shown[]) => readonly Kept[]) {
  const store = memoryStore();
  const answer = decide && (await answered(key, decide));
  const copied = await writeCopy(world.context, await found(key), store, { officer: OFFICER, answer });
  return { copied, objects: [...store.objects.keys()], bytes: store.objects.get(copyName(1))?.bytes };
}
/** A row of a look, as the officer sees it. */
interface Shown {
  readonly number: number;
  readonly record: string;
  readonly row: ExportRow;
}
async function shown(key: string) {
  const looked = requestToLook(await found(key));
  if (!looked.ok) throw new Error(looked.because);
  const rows: Shown[] = [];
  const seen = await showCopyRows(world.context, looked.request, (row, at) => rows.push({ ...at, row }));
  return { rows, code: seen?.code ?? 'nobody' };
}
async function answered(key: string, decide: (rows: readonly Shown[]) => readonly Kept[]): Promise<CopyAnswer> {
  const { rows, code } = await shown(key);
  return { code, kept: decide(rows) };
}
const all = (): readonly Kept[] => [];
const message = (email: string, text: string, more: object = {}) => ({
  ...{ email, message: text, createdAt: Timestamp.fromMillis(NOW - 1000) },
  ...more,
});

describe('the copy for a proven person without an account (Art. 15(3))', () => {
  it('has what is found by their address, and nothing of anybody else', async () => {
    const email = stranger();
    const another = stranger();
    world.sign('somebodyElse', { email: another, emailVerified: true });
    await world.customer({ email, name: 'Zoe Stranger' });
    await world.contact({ email });
    await world.write({
      'contactRequests/mine': message(email, 'mine alone'),
      'contactRequests/theirs': message(another, 'of another address'),
      'contactRequests/named': message(email, 'of an account', { uid: 'somebodyElse' }),
      'users/somebodyElse': { name: 'Somebody' },
    });
    const { key } = await enter({ email });
    const { copied, objects, bytes } = await copy(key, all);
    expect(copied).toMatchObject({ ok: true, counts: { contactRequests: 1, brevoContact: 1, stripeCustomer: 1 } });
    // Nothing waits beside it any more.
    expect(objects).toEqual([copyName(1)]);
    const files = await unzip(bytes ?? Buffer.alloc(0));
    expect([...files.keys()]).toEqual(expect.arrayContaining(['information.json', 'data/contactRequests.json']));
    expect([...files.keys()].some((name) => name.includes('consent-receipt'))).toBe(false);
    const text = [...files.values()].map(String).join('\n');
    expect(text).toContain('mine alone');
    for (const others of ['of another address', 'of an account', 'somebodyElse', another])
      expect(text).not.toContain(others);
    // A part that only an officer can ask for is named, and not silently left out.
    expect(copied.ok && copied.missing).toContain('zendesk');
    expect((await loadRequest(world.context, key))?.answer).toMatchObject({
      ...{ rows: expect.any(Object) },
      copy: { files: copied.ok && copied.files, officer: OFFICER },
    });
  });

  it('has no row with words of others that nobody looked at, and is not written before', async () => {
    const email = stranger();
    const of = (text: string, more = {}) => message(email, text, more);
    await world.write({ 'contactRequests/one': of('first'), 'contactRequests/two': of('my sister said so') });
    const { key } = await enter({ email });
    const unseen = await copy(key);
    expect([unseen.copied, unseen.objects]).toEqual([
      { ok: false, because: 'toLook', rows: { contactRequests: 2 } },
      [],
    ]);
    expect((await loadRequest(world.context, key))?.answer).not.toHaveProperty('copy');
    const { rows } = await shown(key);
    expect(rows.map(({ number, record }) => `${number} ${record}`)).toEqual(['1 contactRequests', '2 contactRequests']);
    const old = await answered(key, all);
    await world.write({ 'contactRequests/three': of('came since') });
    const late = await writeCopy(world.context, await found(key), memoryStore(), { answer: old });
    expect(late).toEqual({ ok: false, because: 'notSeen' });
  });

  it('lacks what the officer keeps back, says why, and notes it on the request', async () => {
    const email = stranger();
    const texts = ['mine', 'my sister said so', 'about a neighbour'];
    await world.write(
      Object.fromEntries(texts.map((text, at) => [`contactRequests/m${at}`, message(email, text, { phone: '0123' })])),
    );
    const { key } = await enter({ email });
    const numberOf = (rows: readonly Shown[], text: string) =>
      rows.find(({ row }) => row.data['message'] === text)?.number ?? 0;
    const decide = (rows: readonly Shown[]): readonly Kept[] => [
      { row: numberOf(rows, 'my sister said so'), because: 'confidence' },
      { row: numberOf(rows, 'about a neighbour'), fields: ['message'], because: 'othersData' },
    ];
    const { copied, bytes } = await copy(key, decide);
    const withheld = {
      contactRequests: [
        { because: 'othersData', rows: 0, fields: 1 },
        { because: 'confidence', rows: 1, fields: 0 },
      ],
    };
    expect(copied).toMatchObject({ ok: true, counts: { contactRequests: 2 }, withheld });
    const files = await unzip(bytes ?? Buffer.alloc(0));
    const text = [...files.values()].map(String).join('\n');
    expect([texts.map((one) => text.includes(one)), text.includes('0123')]).toEqual([[true, false, false], true]);
    expect(JSON.parse(String(files.get('manifest.json')))).toMatchObject({
      records: expect.arrayContaining([
        expect.objectContaining({ record: 'contactRequests', withheld: withheld.contactRequests }),
      ]) as unknown,
    });
    expect((await loadRequest(world.context, key))?.answer).toMatchObject({ withheld });
    // A later answer replaces the first.
    expect((await copy(key, all)).copied).toMatchObject({ ok: true, counts: { contactRequests: 3 } });
    expect((await loadRequest(world.context, key))?.answer).not.toHaveProperty('withheld');
  });

  it('takes no answer that names rows or fields wrongly, or leaves nothing of any row', async () => {
    const email = stranger();
    await world.write({ 'contactRequests/only': message(email, 'mine') });
    const { key } = await enter({ email });
    const with_ = async (...kept: Kept[]) => (await copy(key, () => kept)).copied;
    expect(await with_({ row: 2, because: 'confidence' })).toEqual({ ok: false, because: 'noRow', named: [2] });
    const noField = { row: 1, fields: ['shoeSize'], because: 'confidence' } as const;
    expect(await with_(noField)).toEqual({ ok: false, because: 'noField', named: [1] });
    expect(await with_({ row: 1, because: 'confidence' })).toEqual({ ok: false, because: 'everything' });
  });

  it('is answered by a letter then, and not copied after that', async () => {
    const { key } = await enter({ email: stranger() });
    expect((await copy(key)).copied.ok).toBe(true);
    const planned = await planReply(world.context, await found(key), { order: { kind: 'answered', result: 'done' } });
    if (!planned.ok) throw new Error(planned.because);
    expect(await sendReply(world.context, await found(key), planned.reply, OFFICER)).toMatchObject({ ok: true });
    expect((await copy(key)).copied).toEqual({ ok: false, because: 'final' });
  });

  it('is none for anybody who did not prove that it is theirs', async () => {
    const [email, verified] = [stranger(), stranger()];
    const doubted = await enter({ email }, { proven: false, method: 'none' });
    expect((await copy(doubted.key)).copied).toEqual({ ok: false, because: 'doubted' });
    // An account has verified the address since: whoever has it asks in the app.
    const { key } = await enter({ email: verified });
    world.sign('later', { email: verified, emailVerified: true });
    const later = await copy(key);
    expect([later.copied, later.objects]).toEqual([{ ok: false, because: 'address' }, []]);
  });

  it('is none of another right, nor of an account whose export has not ended', async () => {
    world.sign('hasOne', { email: 'has.one@example.com', emailVerified: true });
    const { key } = await enter({ uid: 'hasOne' });
    const one = await findRequest(world.context, key, 'hasOne');
    if (typeof one === 'string') throw new Error(one);
    const to = memoryStore();
    expect(await writeCopy(world.context, one, to)).toEqual({ ok: false, because: 'notReady' });
    expect(to.objects.size).toBe(0);
    const other = await enter({ email: stranger() }, { type: 'rectification' });
    expect((await copy(other.key)).copied).toEqual({ ok: false, because: 'another' });
  });

  it('is whole or none: a system that does not answer stops it', async () => {
    const { key } = await enter({ email: stranger() });
    const { clients } = world.context;
    const brevo: typeof clients.brevo = () => Promise.reject(new Error('no answer'));
    const context = { ...world.context, clients: { ...clients, brevo } };
    const to = memoryStore();
    await expect(writeCopy(context, await found(key), to)).rejects.toThrow();
    expect(to.objects.size).toBe(0);
    expect((await loadRequest(context, key))?.answer).not.toHaveProperty('copy');
  });
});
