import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { onHolderAnswer, readHolderForm } from '../../../functions/src/consent/guardianAnswer.ts';
import { refreshProtection } from '../../../functions/src/consent/protection.ts';
import type { Head } from '../../../functions/src/ledger/chain.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { changeHead, putHead } from '../../kit/sealed/ledger.ts';
import { state, storedPower } from '../../kit/sealed/statements.ts';
import { testContext } from '../requests/helpers.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';

/**
 * Tests for which people somebody may answer. A stranger cannot learn if a person lives, was
 * erased, or never was.
 */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const DAY = 86_400_000;
const erased = { at: NOW - DAY, accountCreatedAt: NOW / 1000 - 100_000 };
let context = contextNow();
/** Everything that a call asks Firestore and Auth for. */
let work: string[] = [];

function contextNow() {
  const base = testContext(NOW);
  const auth = async () => {
    work.push('auth');
    return fakeAuth(() => []);
  };
  return { ...base, policy: amikeo, clients: { ...base.clients, auth, own: () => watched(base.own) } };
}

/** Notes the collections and documents that are asked for. */
function watched(own: FirebaseFirestore.Firestore): FirebaseFirestore.Firestore {
  return new Proxy(own, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const first = typeof args[0] === 'string' ? args[0].split('/')[0] : '';
        work.push(`${String(name)} ${first ?? ''}`);
        return Reflect.apply(value, target, args);
      };
    },
  });
}

beforeEach(() => {
  context = contextNow();
  work = [];
});

const chainOf = (uid: string) => pseudonymOf(uid, context.keys);
const head = (uid: string, more: Partial<Head>) => putHead(context, chainOf(uid), more);
async function guard(child: string, holder: string, more: object = {}): Promise<void> {
  await state(context, `ageBands/${child}`, { band: 'child' });
  const from = Timestamp.fromMillis(NOW - DAY);
  await state(context, `guardianships/${child}_${holder}`, {
    ...{ child, holder, from, ...storedPower('parentalAuthority', NOW) },
    ...more,
  });
  await refreshProtection(context, child);
}

let calls = 0;
const answerAs = (holder: string, child: string, granted = true, requestId = `request-${calls++}`) =>
  onHolderAnswer(context, {
    holder,
    child,
    requestId,
    answer: { purpose: 'analytics', granted, policyVersion: AMIKEO_VERSION, source: 'app' },
  });
const DENIED = { ok: false, because: 'denied' };

describe('a caller without a guardianship', () => {
  it('gets one answer after the same work, for any other person', async () => {
    await guard('alive', 'parent');
    await guard('erased', 'parent');
    await head('erased', { closed: erased });
    await head('going', { erasing: erased });
    await head('adult', {});
    const seen = [];
    for (const child of ['alive', 'erased', 'going', 'adult', 'nobody', 'a/b', '..', '__x__', '', 'x'.repeat(5000)]) {
      work = [];
      const outcome = await answerAs('stranger', child);
      seen.push(JSON.stringify([outcome, work]));
    }
    expect(seen[0]).toContain('denied');
    expect(new Set(seen).size).toBe(1);
    // The reader of the form does not tell them apart either.
    const form = {
      purpose: 'analytics',
      granted: true,
      policyVersion: AMIKEO_VERSION,
      source: 'app',
      requestId: '12345678',
    };
    for (const child of ['alive', 'a/b', '..', '', 'x'.repeat(5000)])
      expect(readHolderForm(amikeo, { ...form, child })).toMatchObject({ ok: true });
  });

  it('is also one with a guardianship that is over, has not begun, or leaves the person to decide alone', async () => {
    await guard('a', 'former', { until: Timestamp.fromMillis(NOW - 1) });
    await guard('b', 'later', { from: Timestamp.fromMillis(NOW + 1) });
    const curator = { child: 'c', holder: 'curator', from: Timestamp.fromMillis(0), ...storedPower('curatelle', NOW) };
    await state(context, 'guardianships/c_curator', curator);
    for (const [holder, child] of [
      ['former', 'a'],
      ['later', 'b'],
      ['curator', 'c'],
    ] as const) {
      expect(await answerAs(holder, child)).toEqual(DENIED);
      await head(child, { closed: erased });
      expect(await answerAs(holder, child)).toEqual(DENIED);
    }
  });

  it('is also a former holder who repeats an answered call', async () => {
    await guard('child', 'parent');
    expect(await answerAs('parent', 'child', true, 'the-same')).toMatchObject({ ok: true });
    const over = {
      child: 'child',
      holder: 'parent',
      ...storedPower('parentalAuthority', NOW),
      from: Timestamp.fromMillis(0),
      until: Timestamp.fromMillis(NOW - 1),
    };
    await state(context, 'guardianships/child_parent', over);
    expect(await answerAs('parent', 'child', true, 'the-same')).toEqual(DENIED);
  });
});

describe('a holder', () => {
  it('says no text of their own choice: the child’s ledger outlives both', () => {
    const form = { child: 'c', purpose: 'analytics', granted: true, policyVersion: AMIKEO_VERSION, source: 'app' };
    const read = (more: object) => readHolderForm(amikeo, { ...form, requestId: '12345678', ...more });
    expect(read({ locale: 'fr-FR-x-ada', appVersion: '5.1' })).toMatchObject({ form: { locale: 'fr-FR' } });
    for (const field of ['locale', 'appVersion'])
      expect(read({ [field]: 'Ada Lovelace' })).toEqual({ ok: false, issues: [{ code: 'invalid_format', field }] });
  });

  it('answers, and is told if the person was erased', async () => {
    await guard('child', 'parent');
    expect(await answerAs('parent', 'child')).toEqual({ ok: true, state: 'pending' });
    await changeHead(context, chainOf('child'), { closed: erased });
    expect(await answerAs('parent', 'child')).toEqual({ ok: false, because: 'erased' });
  });

  it('spends a budget of their own: 130 answers leave the other holder’s alone, and a withdrawal is never kept out', async () => {
    await guard('child', 'parent');
    await guard('child', 'other');
    const outcomes = [];
    for (let n = 0; n < 130; n++) {
      context.time.now += 1000;
      outcomes.push(await answerAs('parent', 'child', n % 2 === 0));
    }
    expect(outcomes.filter((o) => !o.ok && o.because === 'tooMany').length).toBeGreaterThan(0);
    context.time.now += 1000;
    expect(await answerAs('other', 'child', true)).toMatchObject({ ok: true });
    context.time.now += 1000;
    expect(await answerAs('parent', 'child', false)).toMatchObject({ ok: true, state: 'withdrawn' });
  });
});
