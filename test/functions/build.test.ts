import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '../../emulator/build.ts';
import { policy } from '../../functions/policies/deployed.ts';
import * as functions from '../../functions/src/index.ts';
import * as fr from '../../functions/src/texts/fr/index.ts';
import { plainModule } from '../../scripts/build.ts';

describe('the bundles', () => {
  const lib = join(import.meta.dirname, '../../functions/lib');
  let names: string[];
  beforeAll(async () => {
    await buildFunctions(() => undefined);
    names = (await readdir(lib)).flatMap((file) => /^(?!index\.|compile\.|vendor-)(.*)\.cjs$/.exec(file)?.[1] ?? []);
  });

  it('are one for each function of index.ts', () => {
    expect([...names].sort()).toEqual(Object.keys(functions).sort());
  });

  const having = async (word: string): Promise<string[]> => {
    const texts = await Promise.all(names.map((name) => readFile(join(lib, `${name}.cjs`), 'utf8')));
    return names.filter((_, index) => texts[index]?.includes(word));
  };

  it('hold the code that their own function calls, and nothing of the others', async () => {
    expect(await having('submitContact')).toEqual(['contact']);
    expect(await having('issueReceipt')).toEqual(['consentReceipt']);
    expect(await having('createCompliance')).toEqual([]);
  });

  it('of a queue hold the runners of its jobs, and no others', async () => {
    expect(await having('erasureRunner(c,')).toEqual(['erasureTask']);
    expect(await having('checkpointRunner(c)')).toEqual(['ledgerTask']);
    expect(await having('lapseRunner(c)')).toEqual(['retentionTask']);
  });

  it('hold the texts of the engine only if their function writes to people', async () => {
    const writing = await having(fr.answers.signIn.gone);
    expect(writing).toEqual(expect.arrayContaining(['contact', 'exportTask']));
    const silent = ['consentWritten', 'devicePermissionWritten', 'accountDeleted', 'retentionDaily', 'tick'];
    expect(writing.filter((name) => silent.includes(name))).toEqual([]);
  });

  it('require a package that few events need, and do not hold it', async () => {
    expect(await having('require("./vendor-zip.cjs")')).toContain('exportTask');
    expect(await having('temporal-polyfill/chunks')).toEqual([]);
    // The calendar is loaded when it is asked, not by each module that imports it.
    expect(await having('"./vendor-temporal.cjs"')).toContain('tick');
    expect(await having('= require("./vendor-temporal.cjs")')).toEqual([]);
  });

  it('hold the clocks of the policy’s zone, so that they ask no calendar when they start', async () => {
    const calendars = await having('builtZones = ');
    expect(calendars).toEqual(expect.arrayContaining(['consentWritten', 'accountDeleted', 'retentionDaily']));
    expect(await having(`builtZones = JSON.parse('{"${policy.controller.timeZone}":[{"from":`)).toEqual(calendars);
  });

  it('hold no shapes but those of zod/mini, which loads in a quarter of the time', async () => {
    expect(await having('zod/v4/mini')).toContain('consentWritten');
    expect(await having('zod/v4/classic')).toEqual([]);
  });
});

describe('the policy of a build', () => {
  it('is the deployed one', () => {
    const [, json = ''] = /JSON\.parse\((.*)\)/.exec(plainModule('policy', policy)) ?? [];
    expect(JSON.parse(JSON.parse(json) as string)).toEqual(policy);
  });

  it.each([
    ['a date', { when: new Date(0) }],
    ['a function', { when: () => 0 }],
    ['undefined', { when: undefined }],
  ])('cannot hold %s, which JSON does not keep', (_, wrong) => {
    expect(() => plainModule('policy', wrong)).toThrow('plain data');
  });
});
