import { describe, expect, test } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { planExport } from '../../../../functions/src/export/plan.ts';
import { information } from '../../../../functions/src/export/report/information.ts';
import { textsIn } from '../../../../functions/src/texts/index.ts';

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

  test('Art. 5(1)(e), 15(1)(d): of a company that nobody tells of a period it does not say that data end there as here', () => {
    const said = information(amikeo, planExport(amikeo, 'access'))['recipients'] as Record<string, unknown>[];
    const kept = (id: string) => said.find((one) => one['id'] === id)?.['kept'];
    for (const id of ['salesforce', 'zendesk', 'zendeskWidget'])
      expect([id, kept(id)]).toMatchObject([
        id,
        {
          countedFrom: 'asked',
          inWords: {
            en: expect.stringMatching(/^until we ask it to delete them, and \d+ days at most/) as unknown,
            fr: expect.stringMatching(/^jusqu.à ce que nous lui demandions de les effacer, puis/) as unknown,
          },
        },
      ]);
    // The apps end their own copies there, which is to be confirmed.
    for (const id of ['heroku', 'amazonS3']) {
      expect(kept(id)).toMatchObject({
        inWords: { en: expect.stringMatching(/^as long as the records here/) as unknown },
      });
      expect(amikeo.recipients[id]?.kept.followsPeriods).toMatchObject({ toBeConfirmed: true });
    }
  });

  test('Art. 32: an access says how data are protected, as the text promises, in each language of the policy', () => {
    const { securityMeasures } = information(amikeo, planExport(amikeo, 'access'));
    expect(securityMeasures).toEqual(amikeo.securityMeasures);
    expect(securityMeasures).toContainEqual({
      en: expect.stringMatching(/encrypted/) as unknown,
      fr: expect.stringMatching(/chiffrées/) as unknown,
    });
  });

  test('Art. 13(2)(e): a purpose says if its data have to be given, and why nobody is asked about a tracker', () => {
    const said = information(amikeo, planExport(amikeo, 'access'))['purposes'] as Record<string, unknown>[];
    const of = (id: string) => said.find((one) => one['id'] === id);
    expect(of('registration')).toMatchObject({
      provision: {
        required: 'contract',
        requiredInWords: { en: 'required by the contract', fr: 'exigées par le contrat' },
        optional: expect.arrayContaining(['phone', 'profession']) as unknown,
      },
      trackers: ['trackers'],
      trackersWithoutConsent: { en: expect.stringContaining('stay signed in') as unknown },
    });
    expect(of('analytics')).toMatchObject({
      provision: { required: 'no', optional: [] },
      trackers: ['cookies', 'uuid'],
    });
    expect(of('analytics')).not.toHaveProperty('trackersWithoutConsent');
  });

  test('Art. 13(2)(e): a request that the person wrote is not told as data that come from the use alone', () => {
    const { fraudAndDefence } = amikeo.purposes;
    expect(fraudAndDefence).toMatchObject({ provision: { required: 'collected' } });
    expect(fraudAndDefence?.dataTypes).toContain('rightsRequests');
    const elsewhere = { en: 'for something else', fr: 'pour autre chose', nl: 'voor iets anders' } as const;
    for (const language of ['en', 'fr', 'nl'] as const)
      for (const said of [textsIn(language).report.mustGive.collected, textsIn(language).rules.provisions.collected])
        expect(said).toContain(elsewhere[language]);
  });
});
