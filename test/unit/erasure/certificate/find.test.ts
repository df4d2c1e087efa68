import { beforeEach, describe, expect, it } from 'vitest';
import { certificateText, signCertificate } from '../../../../functions/src/erasure/certificate/certificate.ts';
import type { Certificate } from '../../../../functions/src/erasure/certificate/shape.ts';
import { findCertificates, readCertificate } from '../../../../functions/src/erasure/certificate/find.ts';
import { certificateName } from '../../../../functions/src/erasure/certificate/issue.ts';
import { signerFrom } from '../../../../functions/src/crypto/sign.ts';
import { addressPseudonym, emailHash } from '../../../../functions/src/subject/emails.ts';
import { chainName, pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { bury } from '../../../../functions/src/subject/tombstones.ts';
import { evidenceBucket } from '../../../kit/evidenceBucket.ts';
import { testContext } from '../../requests/helpers.ts';
import { facts, pair, stranger } from './signed.sample.ts';

/** The certificates that an officer finds for somebody who complains. */

const NOW = Date.UTC(2026, 5, 1);
const EMAIL = 'Ada@example.com';
const base = testContext(NOW);
const trusted = [pair.publicKey];

let objects: Map<string, string>;
let context: typeof base;
const keys = base.keys;
const first = pseudonymOf('ada', keys);
const second = chainName(first, 2);
const address = addressPseudonym(EMAIL, keys);

beforeEach(() => {
  objects = new Map();
  const fresh = testContext(NOW);
  context = { ...fresh, clients: { ...fresh.clients, bucket: async () => evidenceBucket(objects) } };
});

/** Puts a certificate of a chain into the bucket. */
function issue(pseudonym: string, job: string, signedBy = pair): { name: string; certificate: Certificate } {
  const certificate = signCertificate({ ...facts, pseudonym, id: job }, signerFrom(signedBy.privateKey));
  const name = certificateName({ id: job, pseudonym });
  objects.set(name, certificateText(certificate));
  objects.set(name.replace(/json$/, 'en.html'), '<p>page</p>');
  return { name, certificate };
}
const mark = (chain: string, job: string, completedAt?: number) =>
  bury(context, chain, { accountCreatedAt: 1, deletedAt: NOW, job, emails: [emailHash(EMAIL, keys)] }, completedAt);
const names = async (...[person]: [Parameters<typeof findCertificates>[1]]) =>
  (await findCertificates(context, person, trusted)).certificates.map(({ name, ok }) => [name, ok]);

describe('the certificates of a person', () => {
  it('are found by the address that they had verified, in any spelling of case, and checked', async () => {
    await mark(second, 'erasure_2', NOW);
    const { name } = issue(second, 'erasure_2');
    // Another person had the uid before: the address is not theirs.
    issue(first, 'erasure_1');
    expect(await names({ email: ' ada@EXAMPLE.com ' })).toEqual([[name, true]]);
    expect(await names({ email: 'other@example.com' })).toEqual([]);
  });

  it('are found by an address without an account, by a pseudonym, and by a uid of several people', async () => {
    const theirs = issue(address, 'erasure_3').name;
    expect(await names({ email: EMAIL })).toEqual([[theirs, true]]);
    const [one, two] = [issue(first, 'erasure_1').name, issue(second, 'erasure_2').name];
    expect(await names({ uid: 'ada' })).toEqual([
      [one, true],
      [two, true],
    ]);
    expect(await names({ pseudonym: first })).toEqual([[one, true]]);
    expect(await names({ uid: 'ad' })).toEqual([]);
  });

  it('are said not to hold if another key signed them; and something else in their place is none', async () => {
    const { name } = issue(first, 'erasure_1', stranger);
    expect(await names({ uid: 'ada' })).toEqual([[name, false]]);
    objects.set(name, 'something else');
    const [found] = (await findCertificates(context, { uid: 'ada' }, trusted)).certificates;
    expect(found).toMatchObject({ ok: false, certificate: null, faults: [{ problem: 'notJson' }] });
  });

  it('are not called absent without a word: an erasure that has none is named with its job', async () => {
    await mark(first, 'erasure_1');
    await mark(second, 'erasure_2', NOW);
    const found = await findCertificates(context, { email: EMAIL }, trusted);
    expect(found).toEqual({
      certificates: [],
      uncertified: [
        { pseudonym: first, job: 'erasure_1' },
        { pseudonym: second, job: 'erasure_2', completedAt: NOW },
      ],
    });
    expect(JSON.stringify(found).toLowerCase()).not.toContain('example.com');
  });

  it.each<[string, string, Partial<typeof facts>]>([
    ['an interim one', 'erasure_1', { interim: true, times: { ...facts.times, completed: null }, ledger: null }],
    ['one of an erasure that was given up before', 'erasure_0', {}],
  ])('do not certify the end of an erasure: %s', async (_, job, more) => {
    await mark(first, 'erasure_1', NOW);
    const certificate = signCertificate({ ...facts, pseudonym: first, id: job, ...more }, signerFrom(pair.privateKey));
    objects.set(certificateName({ id: job, pseudonym: first }), certificateText(certificate));
    const { certificates, uncertified } = await findCertificates(context, { uid: 'ada' }, trusted);
    expect(certificates).toHaveLength(1);
    expect(uncertified).toEqual([{ pseudonym: first, job: 'erasure_1', completedAt: NOW }]);
  });

  it('certify nothing if they cannot be read', async () => {
    await mark(first, 'erasure_1', NOW);
    objects.set(certificateName({ id: 'erasure_1', pseudonym: first }), 'something else');
    expect((await findCertificates(context, { uid: 'ada' }, trusted)).uncertified).toHaveLength(1);
  });

  it('certify an erasure that runs also if they are interim', async () => {
    await mark(first, 'erasure_1');
    issue(first, 'erasure_1');
    expect((await findCertificates(context, { uid: 'ada' }, trusted)).uncertified).toEqual([]);
  });

  it('are taken for nobody’s by a mark that somebody else wrote', async () => {
    issue(first, 'erasure_1');
    await context.own.doc(`tombstones/${first}`).set({ emails: [emailHash(EMAIL, keys)], job: 'erasure_1' });
    expect(await findCertificates(context, { email: EMAIL }, trusted)).toEqual({ certificates: [], uncertified: [] });
  });

  it('are no list that a server made which only says that it works', async () => {
    const bucket = { getFiles: async () => [[], null, '<html>'] };
    const odd = { ...context, clients: { ...context.clients, bucket: async () => bucket as never } };
    await expect(findCertificates(odd, { uid: 'ada' }, trusted)).rejects.toMatchObject({ code: 'storage.answer' });
  });
});

it('a certificate is read byte for byte; one that is not there is null', async () => {
  const { name, certificate } = issue(first, 'erasure_1');
  expect(await readCertificate(context, name, trusted)).toMatchObject({ ok: true, text: certificateText(certificate) });
  expect(await readCertificate(context, `${name}x`, trusted)).toBeNull();
});
