import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { effectJob, instructionOf } from '../../../../functions/src/consent/effects.ts';
import { othersOf, recipientsToTell, taskAt } from '../../../../functions/src/consent/recipients/plan.ts';
import { emptyHead, type Head, type PurposeAnswers } from '../../../../functions/src/ledger/chain.ts';
import type { OfficerTask } from '../../../../functions/src/officerTasks/task.ts';
import type { Policy } from '../../../../functions/src/policy/schema.ts';
import { recipientsOfConsent } from '../../../../functions/src/policy/purposes/recipients.ts';
import { NOW } from '../../officerTasks/helpers.ts';

/** The word to recipients without an interface when a consent changes (Art. 28(3)(a)). */

const PURPOSE = 'analytics';
const yes = { granted: true, at: NOW, state: 'given' };
const no = { granted: false, at: NOW + 1, state: 'withdrawn' };
const head = (state?: string, answers: PurposeAnswers = {}, more: Partial<Head> = {}, purpose = PURPOSE): Head => ({
  ...emptyHead('v1_x'),
  current: state === undefined ? {} : { [purpose]: state },
  consents: { [purpose]: answers },
  ...more,
});
const given: PurposeAnswers = { subject: yes };
const word = (was: string | undefined, is: string, answers: PurposeAnswers = given, more: Partial<Head> = {}) =>
  instructionOf(amikeo, PURPOSE, { before: head(was, answers, more), after: head(is, answers, more) });
const child = { mode: 'both', reason: 'age', since: NOW - 1, holders: [] } as const;

describe('the word to recipients after a change of a consent', () => {
  it.each(['withdrawn', 'refused'])('%s after a yes: stop and delete', (is) => {
    expect([word('given', is), word('reconfirmed', is)]).toEqual(['delete', 'delete']);
    expect([word('expired', is), word('pending', is)]).toEqual(['delete', 'delete']);
  });

  it('stop, while nobody took it back: it expired, or waits for a second agreement', () => {
    expect([word('given', 'expired'), word('given', 'pending')]).toEqual(['stop', 'stop']);
  });

  it('nothing, if it never stood: a first no, and a yes of a child that only waited', () => {
    expect(word(undefined, 'refused', {})).toBeUndefined();
    expect(word('pending', 'withdrawn', given, { protection: child })).toBeUndefined();
    expect(word('expired', 'withdrawn', given, { protection: child })).toBeUndefined();
    expect(word('pending', 'given', given, { protection: child })).toBeUndefined();
    const asked = { ...child, mode: 'holder' } as const;
    expect(word('pending', 'withdrawn', given, { protection: asked })).toBeUndefined();
  });

  it('stop and delete, if it stood before somebody decided with the person, or with both agreements', () => {
    const later = { ...child, since: NOW + 1 };
    expect(word('pending', 'withdrawn', given, { protection: later })).toBe('delete');
    expect(word('expired', 'withdrawn', { ...given, holder: yes }, { protection: child })).toBe('delete');
  });

  it('nothing more after it was taken back: a second no, and an objection, which asks them itself', () => {
    const after = { subject: no, agreedAt: NOW };
    for (const is of ['withdrawn', 'refused', 'pending', 'expired'])
      expect(word('withdrawn', is, after)).toBeUndefined();
    for (const was of ['given', 'expired', 'withdrawn']) expect(word(was, 'objected', after)).toBeUndefined();
  });

  it('stop and delete, if the yes has not come yet: the document of the no says that there was one', () => {
    const of = (was: string | undefined, before: PurposeAnswers, more: Partial<Head> = {}) =>
      instructionOf(amikeo, PURPOSE, {
        before: head(was, before, more),
        after: head('withdrawn', { subject: no }, more),
      });
    expect(of(undefined, {})).toBe('delete');
    expect(of('refused', { subject: { ...no, at: NOW - 1, state: 'refused' } })).toBe('delete');
    expect(of('withdrawn', { subject: { ...no, at: NOW - 1 }, agreedAt: NOW - 2 })).toBe('delete');
    expect(of(undefined, {}, { protection: child })).toBeUndefined();
  });

  it('stop and delete, if the yes comes after its end: the answer that counts could not tell of it', () => {
    const of = (is: string, before: PurposeAnswers, after: PurposeAnswers, more: Partial<Head> = {}) =>
      instructionOf(amikeo, PURPOSE, { before: head(is, before, more), after: head(is, after, more) });
    const first = { subject: { ...no, state: 'refused' } };
    expect(of('refused', first, { ...first, agreedAt: NOW })).toBe('delete');
    expect(of('refused', { ...first, agreedAt: NOW - 1 }, { ...first, agreedAt: NOW })).toBe('delete');
    expect(of('objected', { objectedAt: NOW + 1 }, { objectedAt: NOW + 1, ...given })).toBe('delete');
    // It stood before somebody decided with the person, and the no alone did not say so.
    const since = { protection: { ...child, since: NOW + 1 } };
    expect(of('withdrawn', { subject: no }, { subject: no, agreedAt: NOW }, since)).toBe('delete');
    expect(of('withdrawn', { subject: no }, { subject: no, agreedAt: NOW })).toBeUndefined();
    expect(of('refused', { ...first, agreedAt: NOW }, { ...first, agreedAt: NOW })).toBeUndefined();
  });

  it('that it stands again, if it had stood; a first yes and a confirmation tell nobody', () => {
    for (const was of ['withdrawn', 'refused'])
      expect(word(was, 'given', { subject: no, agreedAt: NOW })).toBe('again');
    expect([word('expired', 'reconfirmed'), word('pending', 'given')]).toEqual(['again', 'again']);
    expect([word(undefined, 'given', {}), word('given', 'reconfirmed')]).toEqual([undefined, undefined]);
    expect(word('refused', 'given', { subject: { ...no, state: 'refused' } })).toBeUndefined();
  });

  it('only to stop, if the account ends with it: its erasure asks for the rest, or a yes keeps it', () => {
    const of = (state: string) => head(state, given, {}, 'coreService');
    const word = (was: string, is: string) => instructionOf(amikeo, 'coreService', { before: of(was), after: of(is) });
    expect([word('given', 'withdrawn'), word('withdrawn', 'given')]).toEqual(['stop', 'again']);
    expect(word('expired', 'withdrawn')).toBeUndefined();
  });

  it('nothing, if the policy has no such recipient: the job, and its cost, are as before', () => {
    const change = { before: head('given', given, {}, 'messages'), after: head('withdrawn', given, {}, 'messages') };
    expect(instructionOf(amikeo, 'messages', change)).toBeUndefined();
    const decided = { id: 'e', uid: 'u', purpose: 'messages', chain: 'c', state: 'withdrawn' };
    const job = effectJob({ policy: amikeo, now: () => NOW }, { ...decided, change: { ...change, seq: 2 } });
    expect([job?.steps, job?.input]).toEqual([[{ id: 'brevo' }], { uid: 'u', purpose: 'messages' }]);
  });
});

const told = { purpose: PURPOSE, tell: 'again', seq: 4 } as const;
const task = (recipient: string, more: Partial<OfficerTask> = {}): OfficerTask => ({
  ...{ id: `task_${recipient}`, for: { recipient }, what: {}, job: 'j', pseudonym: 'v1_x' },
  ...{ createdAt: NOW, by: NOW, until: NOW, status: 'done', closedAt: NOW, closedBy: 'v1_officer' },
  consent: { purpose: PURPOSE, tell: 'delete', seq: 2 },
  ...more,
});

describe('the recipients of a consent', () => {
  it('hear of a new yes only if an officer had brought them the end', () => {
    const to = (...tasks: OfficerTask[]) => recipientsToTell(amikeo, told, tasks).map(({ id }) => id);
    expect(to()).toEqual([]);
    expect(to(task('googleAnalytics'))).toEqual(['googleAnalytics']);
    expect(to(task('googleAnalytics', { closedBy: 'backend', status: 'unconfirmed' }))).toEqual([]);
    const again = task('googleAnalytics', { consent: { ...told, seq: 3 } });
    expect(to(again, task('googleAnalytics'))).toEqual([]);
  });

  it('are told of the newest change alone', () => {
    const one = (seq: number, purpose = PURPOSE) => task('x', { consent: { purpose, tell: 'stop', seq } });
    const around = (...tasks: OfficerTask[]) => othersOf(tasks, told, 'v1_x');
    expect(around(one(3), one(4), one(9, 'messages'))).toEqual({ earlier: [one(3)], isReplaced: false });
    expect(around(one(5))).toEqual({ earlier: [], isReplaced: true });
  });

  it('are told after a new key too: its chain begins at 1, behind the older one', () => {
    const [before, after] = [task('googleAnalytics'), task('googleAnalytics', { pseudonym: 'v2_y' })];
    const old = { ...before, consent: { purpose: PURPOSE, tell: 'delete' as const, seq: 40 } };
    expect(othersOf([old], told, 'v2_y')).toEqual({ earlier: [old], isReplaced: false });
    expect(othersOf([after], { ...told, seq: 41 }, 'v1_x')).toEqual({ earlier: [], isReplaced: true });
    const again = { ...after, consent: { purpose: PURPOSE, tell: 'again' as const, seq: 1 } };
    expect(recipientsToTell(amikeo, told, [again, old])).toEqual([]);
  });

  it('are those of the earlier text too: a policy that changed leaves nobody out', () => {
    const ids = (policy: Policy) => recipientsOfConsent(policy, PURPOSE).map(({ id }) => id);
    expect(ids(amikeo)).toEqual(['googleAnalytics']);
    const facts = { basis: 'consent', consent: true, dataTypes: [], recipients: ['newRelic'], periods: [] };
    const change = { kind: 'purposes' as const, endsConsents: { [PURPOSE]: facts }, text: {} };
    expect(ids({ ...amikeo, changes: { '2027-03-01': change } })).toEqual(['googleAnalytics', 'newRelic']);
  });

  it('of a processor get an instruction, any other is told', () => {
    const [analytics] = recipientsOfConsent(amikeo, PURPOSE);
    if (analytics === undefined) throw new Error('no recipient');
    const text = (role: 'processor' | 'controller') =>
      taskAt(amikeo, { ...analytics, recipient: { ...analytics.recipient, role } }, { ...told, tell: 'delete' })['en'];
    expect(text('processor')).toMatch(/Instruct it in writing \(GDPR Art\. 28\(3\)\(a\)\).*delete what serves that/);
    expect(text('controller')).toMatch(/Tell it in writing/);
  });
});
