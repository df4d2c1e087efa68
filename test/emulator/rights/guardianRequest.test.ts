import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../functions/src/export/archive/manifest.ts';
import type { Link } from '../../../functions/src/export/link.ts';
import type { Regime } from '../../../functions/src/policy/regimes.ts';
import type { HolderRequest } from '../../../functions/src/rights/onBehalf/ask.ts';
import { brevo, faults, faultsLeft, messagesTo } from '../../kit/providers.ts';
import { power } from '../../kit/sealed/statements.ts';
import { auth, chainOf, compliance, db, eventually, freshUid, own, pseudonym, requestKeyOf } from '../../kit/suite.ts';
import { unzip } from '../../unit/export/helpers.ts';
import { serverStates } from '../serverStates.ts';
import { call } from './callable.ts';

/** Somebody asks for a right of the person in their care, on the deployed functions. */

/** A person and somebody with a power over them, as servers have stated it. */
async function cared(regime: Regime, more: object = {}) {
  const [child, holder] = [freshUid(), freshUid()];
  const email = `${child}@example.com`;
  await auth.createUser({ uid: child, email, emailVerified: true });
  await auth.createUser({ uid: holder });
  const at = Date.now() - 60_000;
  const of = { child, holder, ...power(regime, at), from: new Date(at).toISOString(), ...more };
  const { id: statement } = await serverStates({ submit: 'guardianship', requestId: `form of ${child}`, ...of });
  await eventually(
    () => chainOf(pseudonym(child)),
    ({ head }) => head.powers?.length === 1,
  );
  let calls = 0;
  const ask = (type: string, as = holder, of = child) =>
    call<HolderRequest>('guardianRequest', { child: of, type, requestId: `request-${calls++}` }, as);
  const asked = async (type: string): Promise<HolderRequest> => {
    const answer = await ask(type);
    if (!('result' in answer)) throw new Error(JSON.stringify(answer));
    return answer.result;
  };
  const document = (id: string) => db.doc(`users/${child}/privacyRequests/${id}`);
  const says = (id: string, say: 'agrees' | 'disagrees') => document(id).update({ say });
  const becomes = (id: string, status: string, reason?: string) =>
    eventually(
      () => document(id).get(),
      (one) => one.get('status') === status && (reason === undefined || one.get('reason') === reason),
    );
  const link = (id: string, as = holder) => call<Link>('exportLink', { requestId: id, child }, as);
  return { child, email, holder, statement, ask, asked, document, says, becomes, link };
}

describe.concurrent('a parent', () => {
  it('gets a copy once the child agrees, and no longer once it disagrees', async () => {
    const { child, holder, asked, document, says, becomes, link } = await cared('parentalAuthority');
    const { id, needsPerson, goesOnAt } = await asked('portability');
    expect([needsPerson, typeof goesOnAt]).toEqual([false, 'number']);
    expect((await document(id).get()).data()).toMatchObject({
      ...{
        status: 'waiting',
        askedFor: { regime: 'parentalAuthority', text: expect.stringContaining('Votre parent') },
      },
    });
    expect(await link(id)).toMatchObject({ error: { details: { reason: 'notFound' } } });
    await says(id, 'agrees');
    await becomes(id, 'completed');
    const answer = await link(id);
    if (!('result' in answer)) throw new Error(JSON.stringify(answer));
    expect((await fetch(answer.result.url)).status).toBe(200);
    // Nobody else, by any name.
    const other = freshUid();
    await auth.createUser({ uid: other });
    expect(await link(id, other)).toMatchObject({ error: { details: { reason: 'notFound' } } });
    await says(id, 'disagrees');
    await eventually(
      () => document(id).get(),
      (one) => one.get('withdrawnAt') !== undefined,
    );
    expect(await link(id)).toMatchObject({ error: { details: { reason: 'notFound' } } });
    const { entries } = await chainOf(pseudonym(child));
    const told = entries.filter(({ kind }) => kind === 'request' || kind === 'access');
    expect(told.map(({ state, actor, holder: by }) => [state, actor, by])).toEqual([
      ['portability.asked', 'holder', pseudonym(holder)],
      ['portability.agreed', 'subject', undefined],
      ['portability.requested', 'holder', pseudonym(holder)],
      ['portability.linkIssued', 'holder', pseudonym(holder)],
      ['portability.disagreed', 'subject', undefined],
      ['portability.withdrawn', 'subject', undefined],
    ]);
    expect(JSON.stringify(entries)).not.toContain(holder);
  });

  it('erases nothing against a no: an officer looks', async () => {
    const { child, asked, says, becomes } = await cared('parentalAuthority');
    const { id } = await asked('erasure');
    await says(id, 'disagrees');
    await becomes(id, 'waiting', 'disagreed');
    const jobs = await own.collection('jobs').where('pseudonym', '==', pseudonym(child)).get();
    expect(jobs.docs.map((one) => one.id.split('_')[0])).toEqual(['held']);
  });

  it('gets no message of the child’s against its no, if an officer lets a copy go on; and no erasure', async () => {
    const { child, asked, says, becomes, link } = await cared('parentalAuthority');
    const createdAt = Timestamp.now();
    await db.doc(`users/${child}`).set({ firstName: 'Kim' });
    await db.doc(`contactRequests/of-${child}`).set({ uid: child, message: 'Do not tell my mother.', createdAt });
    const [copy, end] = [await asked('portability'), await asked('erasure')];
    for (const { id } of [copy, end]) {
      await says(id, 'disagrees');
      await becomes(id, 'waiting', 'disagreed');
    }
    const keyOf = (id: string) => requestKeyOf(child, id);
    expect((await compliance('request', 'show', keyOf(copy.id), '--uid', child)).out).toMatchObject({
      request: { power: 'parentalAuthority' },
    });
    const letOn = (id: string) => compliance('request', 'let-on', keyOf(id), '--uid', child);
    expect(await letOn(end.id)).toMatchObject({ code: 1, out: { because: 'irreversible' } });
    expect(await letOn(copy.id)).toMatchObject({ code: 0, out: { status: 'in_progress' } });
    await becomes(copy.id, 'completed');
    const answer = await link(copy.id);
    if (!('result' in answer)) throw new Error(JSON.stringify(answer));
    const zip = Buffer.from(await (await fetch(answer.result.url)).arrayBuffer());
    const files = await unzip(zip);
    const all = [...files].map(([name, bytes]) => `${name} ${String(bytes)}`).join('\n');
    expect(all).toContain('Kim');
    expect(all).not.toContain('Do not tell');
    const { missing } = JSON.parse(String(files.get('manifest.json'))) as Manifest;
    expect(missing.filter(({ why }) => why === 'ownWords').map(({ source }) => source)).toContain('contactRequests');
  });

  it('restricts at once: it protects', async () => {
    const { asked, becomes, child } = await cared('parentalAuthority');
    const { id } = await asked('restriction');
    await becomes(id, 'waiting');
    const found = await own.collection('requests').where('pseudonym', '==', pseudonym(child)).get();
    expect(found.docs[0]?.get('waitingFor')).toBe('officer');
  });

  it('whose power servers end gets nothing more, from that moment on', async () => {
    const { asked, ask, becomes, says, statement } = await cared('parentalAuthority');
    const { id } = await asked('access');
    await serverStates({ withdraw: 'guardianship', id: statement });
    expect(await ask('portability')).toMatchObject({ error: { status: 'PERMISSION_DENIED' } });
    await says(id, 'agrees');
    await becomes(id, 'refused', 'powerEnded');
  });
});

describe.concurrent('a curator', () => {
  it('obtains nothing alone: the person is written to as well, and says yes, or no', async () => {
    const { email, asked, says, becomes } = await cared('curatelle');
    const [copy, end] = [await asked('portability'), await asked('erasure')];
    expect([copy.needsPerson, copy.goesOnAt]).toEqual([true, undefined]);
    const told = await eventually(
      () => messagesTo(email),
      (messages) => messages.length === 2,
    );
    for (const one of told) expect(one.textContent).toMatch(/^Bonjour,[^]*Votre curateur[^]*Il nous faut votre oui/);
    await says(end.id, 'disagrees');
    await becomes(end.id, 'refused', 'disagreed');
    await says(copy.id, 'agrees');
    await becomes(copy.id, 'completed');
  });
});

it('a person is written to once, also if the answer of Brevo is lost', async () => {
  const { child, email, asked, says, becomes } = await cared('parentalAuthority');
  await faults('brevo', { method: 'POST', path: '/v3/smtp/email', kind: 'reset-after', body: email });
  const { id } = await asked('portability');
  await eventually(
    () => own.doc(`jobs/held_${requestKeyOf(child, id)}`).get(),
    (job) => job.get('steps.tell.state') === 'done',
  );
  expect(await faultsLeft('brevo')).toEqual([]);
  const log = (await (await brevo(`/smtp/emails?email=${encodeURIComponent(email)}`)).json()) as {
    transactionalEmails: unknown[];
  };
  expect(log.transactionalEmails).toHaveLength(1);
  await says(id, 'agrees');
  await becomes(id, 'completed');
});

describe.concurrent('a caller without a power', () => {
  it('is told the same of a child, of nobody and of an id that nobody can have', async () => {
    const { ask } = await cared('mandate', { scope: ['access'] });
    const stranger = freshUid();
    await auth.createUser({ uid: stranger });
    const told = [await ask('erasure')];
    for (const whom of [undefined, freshUid(), 'a/b', '']) told.push(await ask('access', stranger, whom));
    expect(told[0]).toMatchObject({ error: { status: 'PERMISSION_DENIED', details: { reason: 'denied' } } });
    expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1);
  });
});
