import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../functions/src/platform/context.ts';
import { amikeo } from '../../../functions/src/policy/amikeo/index.ts';
import { systemIds as named } from '../../../functions/src/policy/lookup.ts';
import { loadSystem, manifests, systemIds } from '../../../functions/src/systems/registry.ts';

const context = {} as unknown as Context;
const room = new URL('../../../functions/src/systems/', import.meta.url).pathname;

describe('the systems that this backend reaches', () => {
  it('are the ones that the policy names', () => {
    expect([...named(amikeo)].filter((id) => !(systemIds as readonly string[]).includes(id))).toEqual([]);
  });

  it.each(systemIds)('%s loads, under its own id, with what every system has', async (id) => {
    const system = await loadSystem(id, context);
    expect(system.id).toBe(id);
    expect(manifests[id].id).toBe(id);
  });

  it.each(['mailchimp', '', '../brevo', 'constructor'])(
    '%j is refused for good, with the names that there are',
    async (id) => {
      await expect(loadSystem(id, context)).rejects.toMatchObject({
        code: 'system.unknown',
        message: expect.stringContaining('firestore, storage'),
      });
    },
  );

  it('every resource that the policy names of Stripe and Brevo is one that the system understands', () => {
    for (const id of ['stripe', 'brevo'] as const) {
      for (const record of Object.values(amikeo.records).filter(({ system }) => system === id)) {
        expect(
          manifests[id].resources.some((resource) => record.path.startsWith(`${resource}/`)),
          record.path,
        ).toBe(true);
      }
    }
  });

  it('no manifest and no registry loads an SDK; Stripe, Brevo and Storage are loaded when called', () => {
    const files = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    for (const file of files) {
      const text = readFileSync(join(room, file), 'utf8');
      const statics = [...text.matchAll(/^import (?!type )[^;]*from '([^']+)'/gms)].map(([, from]) => from ?? '');
      expect(
        statics.filter((from) => /^(stripe|@getbrevo|@google-cloud)/.test(from)),
        file,
      ).toEqual([]);
      if (/manifest\.ts$|^registry\.ts$|^system\.ts$/.test(file))
        expect(
          statics.filter((from) => !from.startsWith('.')),
          file,
        ).toEqual([]);
    }
  });
});
