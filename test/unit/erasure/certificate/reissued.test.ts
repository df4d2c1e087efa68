import { describe, expect, it } from 'vitest';
import { certificateName } from '../../../../functions/src/erasure/certificate/issue.ts';
import { verifyCertificate } from '../../../../functions/src/erasure/certificate/certificate.ts';
import type { Certificate } from '../../../../functions/src/erasure/certificate/shape.ts';
import type { Outcome } from '../../../../functions/src/systems/system.ts';
import {
  AT,
  closed,
  Died,
  final,
  firstKeys,
  INTERIM,
  issue,
  jobBefore,
  markOf,
  kept,
  NAME,
  PSEUDONYM,
  secondKeys,
  world,
} from './issue.sample.ts';

describe('issued again', () => {
  it('writes nothing more: the same job states the same, under a newer key too', async () => {
    const { evidence, context } = world();
    await issue(context, final());
    const before = new Map(evidence.objects);
    expect(await issue(context, final())).toHaveLength(1);
    await issue(world({ evidence, current: 2 }).context, final());
    expect(evidence.writes).toHaveLength(3);
    expect(evidence.objects).toEqual(before);
  });

  it('after a process died at any call, before or after its effect: the same three objects', async () => {
    const whole = world();
    await issue(whole.context, final());
    const { calls } = whole.evidence;
    expect(calls).toBeGreaterThan(6);
    for (const when of ['before', 'after'] as const)
      for (let call = 0; call < calls; call++) {
        const { evidence, context } = world();
        evidence.failing = (n, at) => n === call && at === when;
        // A read of an absent object has no effect to die after.
        await issue(context, final()).catch((error: unknown) => expect(error).toBeInstanceOf(Died));
        await issue(context, final());
        expect(evidence.objects).toEqual(whole.evidence.objects);
      }
  });

  it('by two tasks at once: one certificate', async () => {
    const { evidence, context } = world();
    await Promise.allSettled([issue(context, final()), issue(context, final())]);
    await issue(context, final());
    expect([...evidence.objects.keys()].sort()).toEqual(
      [NAME, NAME.replace('json', 'en.html'), NAME.replace('json', 'fr.html')].sort(),
    );
  });

  it('fails if the bucket does not hold the written bytes', async () => {
    const { evidence, context } = world();
    evidence.spoilt = (text) => text.replace('done', 'gone');
    await expect(issue(context, final())).rejects.toMatchObject({ code: 'certificate.readBack' });
  });

  it('of a job that was given up and begun again is the next one, and names the one before', async () => {
    const { evidence, context } = world();
    await issue(context, final());
    await issue(context, final({}, AT + 86_400_000));
    await issue(context, final({}, AT + 86_400_000));
    const next = certificateName(final(), { attempt: 2 });
    expect(next).toMatch(/-2\.json$/);
    expect(evidence.certificate(next)).toMatchObject({
      number: 2,
      supersedes: verifyCertificate(evidence.text(NAME)).sha256,
    });
    expect(evidence.writes).toHaveLength(6);
    await issue(context, jobBefore('holds', {}, AT + 2 * 86_400_000), true);
    expect(evidence.certificate(INTERIM)).toMatchObject({
      number: 3,
      supersedes: verifyCertificate(evidence.text(next)).sha256,
    });
    await issue(context, final({}, AT + 2 * 86_400_000));
    expect(evidence.certificate(certificateName(final(), { attempt: 3 })).number).toBe(4);
  });

  it('leaves an object that is there and is none of its own, and says so loudly', async () => {
    const another = { ...final(), id: 'erasure_other' };
    const other = world({ mark: markOf(another) });
    await issue(other.context, another);
    const strangers = { ...final(), pseudonym: 'v1_other' };
    const stranger = world({ heads: { v1_other: closed[PSEUDONYM] ?? {} }, mark: markOf(strangers) });
    await issue(stranger.context, strangers);
    await issue(world({ evidence: other.evidence }).context, final());
    const foreign = [
      other.evidence.text(certificateName({ ...final(), id: 'erasure_other' })),
      stranger.evidence.text(certificateName({ ...final(), pseudonym: 'v1_other' })),
      other.evidence.text(NAME).replace('"number":1', '"number":7'),
      '{}',
    ];
    const { evidence, context, logged } = world();
    foreign.forEach((text, index) =>
      evidence.objects.set(certificateName(final(), { attempt: index + 1 }), { text, contentType: 'application/json' }),
    );
    await issue(context, final());
    foreign.forEach((text, index) =>
      expect(evidence.text(certificateName(final(), { attempt: index + 1 }))).toBe(text),
    );
    expect(evidence.certificate(certificateName(final(), { attempt: 5 }))).toMatchObject({
      ...{ number: 1, supersedes: null },
    });
    expect(logged.filter((line) => line.startsWith('error'))).toHaveLength(4);
  });

  it('under keys of which the first is no longer kept: a certificate signed with that one counts as the one before', async () => {
    const { evidence, context } = world();
    await issue(context, final());
    const keyed = { ...context, evidenceKeys: () => ({ current: 2, keys: { 2: secondKeys.privateKey } }) };
    await issue(keyed, final());
    expect(evidence.certificate(certificateName(final(), { attempt: 2 }))).toMatchObject({ number: 2 });
  });

  it('is refused, and names the secret to set, if there is no key to sign with', async () => {
    const { context, evidence } = world();
    const without = { ...context, evidenceKeys: () => ({ current: 2, keys: { 1: firstKeys.privateKey } }) };
    await expect(issue(without, final())).rejects.toMatchObject({ code: 'signing_key' });
    const broken = { ...context, evidenceKeys: () => ({ current: 1, keys: { 1: 'nonsense' } }) };
    await expect(issue(broken, final())).rejects.toThrow(/EVIDENCE_SIGNING_KEY_V1/);
    expect(evidence.writes).toEqual([]);
  });
});

describe('an interim certificate', () => {
  const held = { held: true, until: null } as const;
  const said = { firestore: [kept('activity', 3, held)], check: [kept('activity', 3, held)] };

  it('names the held records, and is replaced by the final one, which names it', async () => {
    const { evidence, context } = world({ heads: {} });
    await issue(context, jobBefore('holds', said), true);
    await issue(context, jobBefore('holds', said), true);
    expect(INTERIM).toMatch(/\.interim\.json$/);
    expect(evidence.writes).toEqual(['json', 'en.html', 'fr.html'].map((end) => INTERIM.replace('json', end)));
    const interim = evidence.certificate(INTERIM);
    expect(interim).toMatchObject({ number: 1, interim: true, ledger: null, times: { completed: null } });
    const activity = (certificate: Certificate) => certificate.records.find(({ record }) => record === 'activity');
    expect(activity(interim)).toMatchObject({ state: 'retained', outcomes: [{ count: 3, held: true, until: null }] });
    expect(interim.kept.map(({ record }) => record)).toContain('ledger');

    const done: Outcome = { record: 'activity', count: 3, outcome: 'done', how: 'deleted' };
    await issue(world({ evidence }).context, final({ ...said, holds: [done] }));
    const certificate = evidence.certificate(NAME);
    expect(certificate).toMatchObject({
      ...{ number: 2, interim: false },
      supersedes: verifyCertificate(evidence.text(INTERIM)).sha256,
    });
    expect(activity(certificate)).toMatchObject({ state: 'done', outcomes: [{ count: 3, how: 'deleted' }] });
  });

  it('does not repeat the officer’s words about the hold: they could name a person or a lawsuit', async () => {
    const { evidence, context } = world();
    const text = { en: 'Durand v. Auticiel', fr: 'Durand c. Auticiel' };
    const named = [kept('activity', 3, { ...held, ground: { article: 'Art. 17(3)(e)', text } })];
    await issue(context, jobBefore('holds', { firestore: named, check: named }), true);
    expect(evidence.text(INTERIM)).not.toContain('Durand');
    expect(evidence.text(INTERIM)).toContain('Art. 17(3)(e)');
  });
});
