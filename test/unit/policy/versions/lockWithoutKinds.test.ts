import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { example } from '../../../../functions/policies/example/index.ts';
import { lockNotices } from '../../../../functions/src/policy/noticeLock.ts';
import type { Policy } from '../../../../functions/src/policy/schema.ts';
import { factsOf } from '../../../../functions/src/policy/versions/facts.ts';
import { LOCK_FILE, type NoticeLock } from '../../../../functions/src/policy/versions/lockFile.ts';
import { run } from '../../../../scripts/generate/run.ts';
import { targetsOf } from '../../../../scripts/generate/targets.ts';
import { copy, part } from '../bad-policies.ts';
import { FIRST, next, NEXT } from './versions.sample.ts';

/** The facts of an older lock list no kinds: the way of the message is gone, step by step. */

const NOW = Date.parse('2026-05-01T12:00:00Z');

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lock-'));
});
afterEach(() => rm(root, { recursive: true }));

const lockNow = async () => JSON.parse(await readFile(join(root, LOCK_FILE), 'utf8')) as NoticeLock;
async function write(lock: object): Promise<void> {
  await mkdir(dirname(join(root, LOCK_FILE)), { recursive: true });
  await writeFile(join(root, LOCK_FILE), JSON.stringify(lock));
}
const generate = (policy: Policy) =>
  run({
    ...{ root, policy, check: false, now: NOW, print: () => undefined },
    targets: targetsOf(policy).filter(({ path }) => path === LOCK_FILE),
  });

/** The lock that these policies make, with facts of one version as an older backend wrote them. */
async function oldLock(version: string, ...policies: Policy[]): Promise<void> {
  const lock = policies.reduce<NoticeLock>((known, policy) => lockNotices(policy, known, NOW), {});
  const facts = Object.fromEntries(
    Object.entries(part(lock, version).facts ?? {}).filter(([name]) => name !== 'kinds'),
  );
  await write({ ...lock, [version]: { ...lock[version], facts } });
}

async function removeFacts(version: string): Promise<void> {
  const lock = await lockNow();
  const { facts, ...others } = part(lock, version);
  expect(facts).toBeDefined();
  await write({ ...lock, [version]: others });
}

describe('the way out of a lock without kinds', () => {
  /** The policy of today: a recipient has another name than the published version told. */
  const yours = (): Policy => {
    const changed = copy();
    part(changed.recipients, 'postman').name = 'Another postman';
    return changed;
  };

  /** The next version: the newsletter needs one thing more. */
  const more = (policy: Policy) => part(policy.purposes, 'newsletter').dataTypes.push('name');

  it('of a version that people were told of: its facts are those of the policy that was published', async () => {
    await oldLock(FIRST, example);
    await expect(generate(yours())).rejects.toThrow(/do not list their kinds.*Remove 'facts'/);
    await removeFacts(FIRST);
    expect(await generate(example)).toBe(0);
    expect(part(await lockNow(), FIRST).facts).toEqual(factsOf(example));
    // The same version with other facts is refused now, as ever.
    expect(await generate(yours())).toBe(1);
    const later = next({}, more);
    expect(await generate(later)).toBe(0);
    expect(part(await lockNow(), FIRST).facts).toEqual(factsOf(example));
    expect(part(await lockNow(), NEXT).facts).toEqual(factsOf(later));
  });

  it('of a draft: its facts are recorded anew', async () => {
    const draft = next({}, more);
    delete part(draft.changes ?? {}, NEXT).announced;
    await oldLock(NEXT, example, draft);
    await expect(generate(draft)).rejects.toThrow(/Of a draft: 'npm run generate'/);
    await removeFacts(NEXT);
    expect(await generate(draft)).toBe(0);
    expect(part(await lockNow(), NEXT).facts).toEqual(factsOf(draft));
    expect(part(await lockNow(), FIRST).facts).toEqual(factsOf(example));
  });
});
