import { describe, expect, test } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { planExport } from '../../../../functions/src/export/plan.ts';
import { information } from '../../../../functions/src/export/report/information.ts';

describe('the information of an access', () => {
  test('Art. 15(1)(c): an access says for which part a recipient decides by itself, and what nobody has confirmed', () => {
    const said = information(amikeo, planExport(amikeo, 'access'))['recipients'] as Record<string, unknown>[];
    const of = (id: string) => said.find((one) => one['id'] === id);
    expect(of('googleAnalytics')).toMatchObject({
      controllerFor: { en: expect.stringContaining('Google products and services') as unknown },
      kept: { countedFrom: 'receipt', period: 'P14M' },
      toBeConfirmed: ['controllerFor', 'countries', 'safeguards', 'kept'],
    });
    expect(of('crashlytics')).toMatchObject({ kept: { period: 'P90D' }, toBeConfirmed: ['countries', 'safeguards'] });
    expect(of('zendesk')).not.toHaveProperty('controllerFor');
  });
});
