import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bucketOf, type Leaf } from '../../../functions/src/checkpoints/tree.ts';
import {
  decodeBucket,
  encodeBucket,
  signedState,
  stateOf,
  type Bucket,
} from '../../../functions/src/checkpoints/store.ts';
import { chainEnd } from '../../../functions/src/ledger/period.ts';
import { compareNames } from '../../../functions/src/checkpoints/bucket.ts';
import { isAsSigned } from '../../../functions/src/checkpoints/compareHeads.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import {
  checkpointJob,
  checkpointName,
  nextBucket,
  nextEndOf,
  overdue,
  type Finding,
} from '../../../functions/src/checkpoints/plan.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const chain = (end: string): string => `v1_AA${end.padEnd(41, '0')}`;
const leaf = (end: string, seq: number, closedAt: number | null = null): Leaf => ({
  chain: chain(end),
  seq,
  hash: hash(`${end}${seq}`),
  closedAt,
});
const ID = bucketOf(chain('a')) ?? '';
const found = (...leaves: Leaf[]): Finding[] => leaves.map((one) => ({ leaf: one }));
const next = (bucket: Bucket | null, number: number, findings: Finding[], dropped: string[] = []): Bucket => {
  const made = nextBucket(ID, bucket, number, findings, new Set(dropped));
  if (made === null) throw new Error('nothing changed');
  return made;
};

it.each([
  ['the same', { seq: 2, hash: hash('a2') }, true],
  ['a longer one', { seq: 3, hash: hash('a3') }, false],
  ['an older one', { seq: 1, hash: hash('a1') }, false],
  ['another one of the same length', { seq: 2, hash: hash('x') }, false],
  ['one without a number', { seq: '3', hash: hash('a3') }, false],
  ['none', undefined, false],
])('of %s: is the head as its signed leaf?', (_name, head, expected) => {
  expect(isAsSigned(head, leaf('a', 2))).toBe(expected);
});

describe('a bucket of the tree', () => {
  it('keeps its signed leaves until the next checkpoint is signed, however often a run dies and another begins', () => {
    const one = next(null, 1, found(leaf('a', 1), leaf('b', 1)));
    expect(signedState(one, 0)).toBeNull();
    expect(signedState(one, 1)).toEqual(stateOf([leaf('a', 1), leaf('b', 1)]));
    // Runs for the second checkpoint that die before it is signed.
    const dead = next(one, 2, found(leaf('a', 2)));
    const again = next(dead, 2, found(leaf('a', 3)));
    expect(signedState(again, 1)).toEqual(one.now);
    expect(signedState(again, 2)).toEqual(stateOf([leaf('a', 3), leaf('b', 1)]));
    const third = next(again, 3, found(leaf('b', 2)));
    expect(signedState(third, 2)).toEqual(again.now);
  });

  it('is not written if nothing changed', () => {
    const one = next(null, 1, found(leaf('a', 1)));
    expect(nextBucket(ID, one, 2, found(leaf('a', 1)))).toBeNull();
    expect(nextBucket(ID, null, 1, [])).toBeNull();
  });

  it('keeps the signed leaf of a chain that is another one now, and says so until it is the signed one again', () => {
    const one = next(null, 1, found(leaf('a', 3)));
    const conflict = next(one, 2, [{ conflict: chain('a') }]);
    expect(conflict).toMatchObject({ conflicts: [chain('a')], now: one.now });
    expect(next(conflict, 3, found(leaf('a', 3)))).toMatchObject({ conflicts: [], now: one.now });
    // One that was never signed has no leaf at all.
    expect(next(null, 1, [{ conflict: chain('x') }])).toMatchObject({ conflicts: [chain('x')], now: { chains: 0 } });
  });

  it('drops chains that ended, with their notes', () => {
    const one = next(null, 1, [...found(leaf('a', 1), leaf('b', 1)), { conflict: chain('a') }]);
    expect(next(one, 2, [], [chain('a')])).toMatchObject({ conflicts: [], now: stateOf([leaf('b', 1)]) });
  });

  it('comes back from its document, and nothing that was changed there does', () => {
    const bucket = next(next(null, 1, found(leaf('a', 1), leaf('b', 1))), 2, found(leaf('b', 2)));
    const stored = encodeBucket(bucket, Infinity);
    expect(decodeBucket(ID, stored)).toEqual(bucket);
    const other = hash('other');
    for (const change of [
      { root: other },
      { rootBefore: other },
      { leaves: String(stored['leaves']).replace(hash('b2'), other) },
      { leavesBefore: String(stored['leavesBefore']).replace(hash('b1'), other) },
      { leavesBefore: undefined },
      { number: '2' },
      { conflicts: 'none' },
    ])
      expect(decodeBucket(ID, { ...stored, ...change })).toBeNull();
    expect(decodeBucket('v1_BB', stored)).toBeNull();
  });

  it('is refused if no document could hold it', () => {
    const many = Array.from({ length: 9000 }, (_, i) => leaf(String(i).padStart(6, '0'), 1));
    const full = next(null, 1, found(...many));
    expect(() => encodeBucket(full, Infinity)).toThrow('does not fit into a document');
  });

  it('knows when the first of its closed chains is over its period (five years after closing)', () => {
    const endsAt = chainEnd(amikeo);
    const closed = Date.parse('2026-03-01T12:00:00+01:00');
    const over = Date.parse('2031-03-01T12:00:00+01:00');
    expect(endsAt(closed)).toBe(over);
    const leaves = [leaf('a', 1), leaf('b', 1, closed + 1000), leaf('c', 1, closed)];
    expect(nextEndOf(leaves, endsAt)).toBe(over);
    expect(nextEndOf([leaf('a', 1)], endsAt)).toBe(Infinity);
    expect(overdue(leaves, endsAt, over - 1)).toEqual([]);
    expect(overdue(leaves, endsAt, over)).toEqual([chain('c')]);
    expect(chainEnd({ ...amikeo, records: {} })(closed)).toBe(Infinity);
    // A ground to keep it that counts from the same time is not its end.
    const { ledger } = amikeo.records;
    const rule = ledger?.fate.find(({ when }) => 'field' in when);
    if (!ledger || !rule) throw new Error('no rule');
    const ground = { article: 'Art. 17(3)(e)', text: { en: 'kept', fr: 'conservé' } };
    const kept = { ...rule, after: 'P1Y', then: { do: 'retain' as const, ground } };
    const policy = { ...amikeo, records: { ledger: { ...ledger, fate: [kept, rule] } } };
    expect(chainEnd(policy)(closed)).toBe(over);
  });
});

describe('the job of a checkpoint', () => {
  it('is one per date, in UTC; further ones of a date are numbered and sorted behind it', () => {
    const at = Date.parse('2026-11-23T23:30:00-05:00');
    expect(checkpointName(at)).toBe('2026-11-24');
    expect(checkpointJob(checkpointName(at), at).id).toBe('checkpoint_2026-11-24');
    const names = [
      checkpointName(at, 10),
      checkpointName(at),
      checkpointName(at - 86_400_000, 3),
      checkpointName(at, 2),
    ];
    expect(names.sort(compareNames)).toEqual(['2026-11-23_3', '2026-11-24', '2026-11-24_2', '2026-11-24_10']);
  });

  it('signs last, and names nobody in its input', () => {
    const { steps, input } = checkpointJob('2026-11-23', 0);
    expect(steps.map(({ id, after }) => [id, after])).toEqual([
      ['claim', undefined],
      ['changed', ['claim']],
      ['conflicts', ['changed']],
      ['ended', ['conflicts']],
      ['compared', ['ended']],
      ['sign', ['compared']],
    ]);
    expect(input).toEqual({ name: '2026-11-23', rebuild: false });
  });
});
