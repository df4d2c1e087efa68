import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructionsOf, sayInstruction, workshop, type Workshop } from './follow.ts';

const ROOT = join(import.meta.dirname, '../../..');
const instructions = instructionsOf(readFileSync(join(ROOT, 'docs/adding-a-system.md'), 'utf8'));

describe('docs/adding-a-system.md, followed word by word', () => {
  let place: Workshop;
  let broken: string | undefined;
  beforeAll(async () => {
    place = await workshop(ROOT);
  });
  afterAll(() => place.end());

  it('makes the one folder, and runs the suite that every system passes', () => {
    const made = instructions.flatMap((one) => (one.do === 'make' ? [one.file] : []));
    expect(made).toEqual(
      expect.arrayContaining(['manifest', 'system'].map((part) => `functions/src/systems/helpdesk/${part}.ts`)),
    );
    const runs = instructions.flatMap((one) => (one.do === 'run' ? [one.command] : [])).join('\n');
    expect(runs).toMatch(/npm run generate\n[^]*npm run types\n[^]*vitest run .*test\/conformance\/helpdesk\.test\.ts/);
  });

  it.each(instructions.map((one) => [sayInstruction(one), one] as const))(
    '%s',
    { timeout: 300_000 },
    async (_, one) => {
      if (broken !== undefined) throw new Error(`not tried: ${broken} failed`);
      broken = sayInstruction(one);
      await place.follow(one);
      broken = undefined;
    },
  );

  it('has its setting with its default among the parameters of a deployment', () => {
    if (broken !== undefined) throw new Error(`not tried: ${broken} failed`);
    const parameters = readFileSync(join(place.root, 'functions/.env'), 'utf8');
    expect(parameters).toContain('# Address of Lumen Desk\nHELPDESK_URL=https://api.lumendesk.example\n');
  });

  it.each([
    [
      'system.ts',
      'if (user.external_id === subject.uid) ',
      'does not bother an officer with a uid that differs in case',
    ],
    ['client.ts', 'if (status !== 204) throw unreadable();', 'survives every fault of every call of the cascade'],
  ])('then broken as it says: %s without %j', { timeout: 300_000 }, async (file, without, seen) => {
    if (broken !== undefined) throw new Error(`not tried: ${broken} failed`);
    const path = join(place.root, 'functions/src/systems/helpdesk', file);
    const whole = readFileSync(path, 'utf8');
    expect(whole).toContain(without);
    writeFileSync(path, whole.replace(without, ''));
    const command = 'npx vitest run test/conformance/helpdesk.test.ts --no-color';
    const red = await place.follow({ line: 0, do: 'run', command }).then(
      () => 'green',
      (error: unknown) => (error as Error).message,
    );
    writeFileSync(path, whole);
    expect(red.split('\n').filter((line) => line.includes('×'))).toEqual([expect.stringContaining(`× ${seen}`)]);
  });
});
