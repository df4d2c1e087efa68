import { describe, expect, it } from 'vitest';
import { decideConsent } from '../../../functions/src/consent/decide.ts';
import { decideExpiry } from '../../../functions/src/consent/expiry.ts';
import { addPeriod } from '../../../functions/src/policy/calendar.ts';
import { endedTexts } from '../../../functions/src/policy/versions/inForce.ts';
import { DAY, NOW, OLD_TEXT, parent, policy, Story } from './story.sample.ts';

describe('a consent that is asked again', () => {
  it('expires when the policy has a new text, once, and a new yes stands again', () => {
    const it = new Story();
    it.person(true, NOW, null, { policyVersion: OLD_TEXT });
    expect(it.head.agreedTo).toEqual([`messages ${OLD_TEXT}`]);
    expect(it.askAgain(NOW + 1)).toBe('expired');
    expect(it.last).toMatchObject({ actor: 'backend', reason: 'policyVersion' });
    expect(it.head.agreedTo).toBeUndefined();
    expect(it.head.askAgainAt).toBeUndefined();
    expect(it.askAgain(NOW + 2)).toBeNull();
    // An app that repeats its answer before it sees the mark has asked nobody.
    expect(
      it.person(true, NOW + 3, { granted: true, policyVersion: OLD_TEXT }, { policyVersion: OLD_TEXT }),
    ).toBeNull();
    expect(it.person(true, NOW + 4, { granted: true, policyVersion: OLD_TEXT, askedAgain: true })).toBe('reconfirmed');
    expect(it.state).toBe('reconfirmed');
  });

  it('expires after the policy’s period; the same yes again, with the mark on it, is a reconfirmation', () => {
    const it = new Story();
    it.person(true, NOW);
    const due = addPeriod(NOW, policy.rights.reconsentAfter.period, policy.controller.timeZone);
    expect(it.head.askAgainAt).toBe(due);
    expect(it.askAgain(due - 1)).toBeNull();
    expect(it.askAgain(due)).toBe('expired');
    const marked = { granted: true, policyVersion: policy.version, source: 'app', updatedAt: NOW, askedAgain: true };
    const again = { ...marked, askedAgain: false, updatedAt: due + 5 };
    const decided = decideConsent({ purpose: 'messages', before: marked, after: again, writtenAt: due + 5 }, it.head, {
      policy,
      now: due + 6,
    });
    expect(decided).toMatchObject({ record: { state: 'reconfirmed' }, becameCurrent: true });
    // The backend's own mark is no answer.
    const mark = { purpose: 'messages', before: { ...marked, askedAgain: false }, after: marked, writtenAt: due + 1 };
    expect(decideConsent(mark, it.head, { policy, now: due + 2 })).toEqual({ ignore: true });
  });

  it('for a purpose that the policy no longer has ends, and can be taken back until then; nothing new is given', () => {
    const purposes = Object.fromEntries(Object.entries(policy.purposes).filter(([id]) => id !== 'messages'));
    const without = { ...policy, purposes };
    const decideWithout = (it: Story, granted: boolean) => {
      const answer = { granted, policyVersion: policy.version, source: 'app', updatedAt: NOW + 10 };
      const change = {
        purpose: 'messages',
        before: { ...answer, granted: !granted },
        after: answer,
        writtenAt: NOW + 10,
      };
      return decideConsent(change, it.head, { policy: without, now: NOW + 10 });
    };
    const it = new Story();
    expect(decideWithout(it, false)).toEqual({ reject: 'notAsked' });
    it.person(true, NOW);
    expect(decideWithout(it, true)).toEqual({ reject: 'notAsked' });
    expect(decideWithout(it, false)).toMatchObject({ record: { state: 'withdrawn' }, becameCurrent: true });
    expect(decideExpiry(it.head, without, NOW + 10)?.entries).toMatchObject([
      { draft: { state: 'expired', reason: 'policyVersion' } },
    ]);
  });

  const without = Object.fromEntries(Object.entries(policy.purposes).filter(([id]) => id !== 'messages'));
  const CHANGED = '2026-01-01';
  const changes = {
    [CHANGED]: { announced: CHANGED, kind: 'purposes', endsConsents: {}, text: {} },
    [policy.version]: { announced: CHANGED, kind: 'wording', endsConsents: {}, text: {} },
  } as const;
  it.each([
    ['whose versions end everything', policy],
    ['whose versions end nothing', { ...policy, changes }],
    ['that no longer asks for the purpose', { ...policy, purposes: without }],
  ])('is found by the texts that its head names, under a policy %s', (_, now) => {
    for (const own of [OLD_TEXT, CHANGED, policy.version])
      for (const holders of [undefined, OLD_TEXT, policy.version]) {
        const it = new Story();
        if (holders !== undefined) {
          it.protect({ mode: 'both', reason: 'age', since: NOW, holders: [parent] }, NOW);
          it.holder(true, NOW, holders);
        }
        it.person(true, NOW, null, { policyVersion: own });
        const ended = new Set(endedTexts(now, NOW + 1));
        const isDue = decideExpiry(it.head, now, NOW + 1) !== null;
        expect((it.head.agreedTo ?? []).some((text) => ended.has(text))).toBe(isDue);
      }
  });

  it('a refusal and a withdrawal are not asked again', () => {
    const it = new Story();
    it.person(false, NOW);
    expect(it.head.askAgainAt).toBeUndefined();
    expect(it.askAgain(NOW + 400 * DAY)).toBeNull();
  });

  it('a yes from before that comes late does not bring it back', () => {
    const it = new Story();
    it.person(true, NOW, null, { policyVersion: OLD_TEXT });
    it.askAgain(NOW + 10);
    it.person(true, NOW + 20, null, { givenAt: NOW + 5, policyVersion: OLD_TEXT });
    expect(it.state).toBe('expired');
  });
});
