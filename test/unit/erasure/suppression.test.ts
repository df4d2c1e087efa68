import type { DocumentData } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { emailHash } from '../../../functions/src/subject/emails.ts';
import {
  hasObjected,
  isSuppressed,
  keepObjection,
  liftSuppression,
  suppress,
} from '../../../functions/src/subject/suppression.ts';
import { proven } from '../../kit/proven.ts';

const AT = Date.UTC(2026, 5, 1);
const keys = { current: 2, keys: { 1: 'old', 2: 'new' } };

/** A database of `suppressions` alone. */
function database() {
  const rows = new Map<string, DocumentData>();
  const snapshot = (id: string) => ({ exists: rows.has(id), get: (field: string): unknown => rows.get(id)?.[field] });
  const ref = (id: string) => ({ id, delete: async () => rows.delete(id) });
  const own = {
    collection: (name: string) => {
      if (name !== 'suppressions') throw new Error(`not of ${name}`);
      return { doc: ref };
    },
    getAll: async (...refs: { id: string }[]) => refs.map(({ id }) => snapshot(id)),
    runTransaction: async <T>(work: (tx: object) => Promise<T>) =>
      work({
        get: async ({ id }: { id: string }) => snapshot(id),
        set: ({ id }: { id: string }, data: DocumentData) => rows.set(id, data),
      }),
  };
  const context = { clients: { own: () => own }, keys, policy: amikeo } as unknown as Context;
  return { rows, context, own: context.clients.own() };
}

describe('an objection to marketing (Art. 21(3))', () => {
  it.each([
    [{ messages: 'objected' }, true],
    // A no to a question is no objection: without a yes nobody is written to anyway.
    [{ messages: 'withdrawn' }, false],
    [{ messages: 'refused' }, false],
    [{ messages: 'given' }, false],
    [{ messages: 'expired' }, false],
    [{ messages: 'pending' }, false],
    [{}, false],
    // The address book is not marketing by itself, and other purposes are something else.
    [{ userDatabase: 'objected', analytics: 'objected' }, false],
    [{ userDatabase: 'given', messages: 'objected' }, true],
  ])('of %j: %s', (current, objected) => expect(hasObjected(amikeo, current as Record<string, string>)).toBe(objected));

  it('is kept for every verified address, as a keyed hash with its time and nothing else', async () => {
    const { rows, context } = database();
    const subject = { verifiedEmails: proven('ada@example.com', 'ada@example.org') };
    expect(await keepObjection(context, { subject, current: { messages: 'objected' }, at: AT })).toBe(2);
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(
        subject.verifiedEmails.map((email) => [emailHash(email, keys), { objectedAt: Timestamp.fromMillis(AT) }]),
      ),
    );
    expect(JSON.stringify([...rows])).not.toContain('ada');
  });

  it('at the marketing system itself counts as well; without any, nothing is kept', async () => {
    const { rows, context } = database();
    const subject = { verifiedEmails: proven('ada@example.com') };
    for (const current of [{}, { messages: 'given' }, { messages: 'withdrawn' }, { messages: 'refused' }])
      expect(await keepObjection(context, { subject, current, at: AT })).toBe(0);
    expect(rows.size).toBe(0);
    const last = { subject, current: { messages: 'given' }, contactObjected: true, at: AT };
    expect(await keepObjection(context, last)).toBe(1);
    expect(rows.size).toBe(1);
  });

  it('is nobody’s for an address that is not verified', async () => {
    const { rows, context } = database();
    const last = { subject: { verifiedEmails: [] }, current: { messages: 'objected' }, at: AT };
    expect(await keepObjection(context, last)).toBe(0);
    expect(rows.size).toBe(0);
  });

  it('is found in any case, under every key, and under no address that only resembles it', async () => {
    const { context, own } = database();
    await suppress(own, proven('ada.k@example.com'), { ...keys, current: 1 }, AT);
    for (const email of ['ada.k@example.com', 'Ada.K@Example.COM', ' ada.k@example.com '])
      expect(await isSuppressed(context, email)).toBe(true);
    for (const email of ['ada.\u212a@example.com', 'adak@example.com', 'ada.k+1@example.com'])
      expect(await isSuppressed(context, email)).toBe(false);
  });

  it('written twice counts from the later time', async () => {
    const { rows, own } = database();
    for (const at of [AT, AT + 1000, AT]) await suppress(own, proven('ada@example.com'), keys, at);
    expect([...rows.values()]).toEqual([{ objectedAt: Timestamp.fromMillis(AT + 1000) }]);
  });

  it('is lifted under every key, once', async () => {
    const { rows, context, own } = database();
    for (const current of [1, 2]) await suppress(own, proven('ada@example.com'), { ...keys, current }, AT);
    expect(rows.size).toBe(2);
    expect(await liftSuppression(context, 'Ada@example.com')).toBe(true);
    expect(rows.size).toBe(0);
    expect(await liftSuppression(context, 'ada@example.com')).toBe(false);
  });
});
