import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { example } from '../../../../functions/policies/example/index.ts';
import type { Policy } from '../../../../functions/src/policy/schema.ts';
import { differenceOf, printFact } from '../../../../functions/src/policy/versions/difference.ts';
import { factsOf, kindOf, KINDS } from '../../../../functions/src/policy/versions/facts.ts';
import { part } from '../bad-policies.ts';
import { next } from './versions.sample.ts';

/** The difference of two versions, by each fact that people are told. */

describe('the difference of two versions is computed', () => {
  const of = (spoil: (policy: Policy) => void) => differenceOf(factsOf(example), factsOf(next({}, spoil)));
  const newsletter = (policy: Policy) => part(policy.purposes, 'newsletter');

  const told = { en: 'Other.', fr: 'Autre.', nl: 'Anders.' };
  const source = example.controller.source;
  const changes: [string, (policy: Policy) => unknown, string, string[], string[]][] = [
    ['words alone', (p) => (p.purposes['newsletter'] = { ...newsletter(p), name: { en: 'Mail' } }), 'wording', [], []],
    [
      'countries of a recipient',
      (p) => part(p.recipients, 'postman').countries.push('FR'),
      'information',
      [],
      ['recipients.postman.countries: - CH  + CH, FR'],
    ],
    [
      'data of a consent',
      (p) => newsletter(p).dataTypes.push('name'),
      'purposes',
      ['newsletter'],
      ['purposes.newsletter.dataTypes: + name'],
    ],
    [
      'a yes that becomes explicit',
      (p) => (newsletter(p).explicit = true),
      'purposes',
      ['newsletter'],
      ['purposes.newsletter.explicit: + true'],
    ],
    [
      'a yes on which the account rests now',
      (p) => (newsletter(p).endsAccount = { source }),
      'purposes',
      ['newsletter'],
      ['purposes.newsletter.endsAccount: + true'],
    ],
    [
      'a consent that nobody is asked for any more',
      (p) => (newsletter(p).consent = false),
      'purposes',
      ['newsletter'],
      ['purposes.newsletter.consent: - true  + false'],
    ],
    [
      'a company in the place of another',
      (p) => (part(p.recipients, 'postman').name = 'Other post'),
      'information',
      [],
      [`recipients.postman.name: - ${part(example.recipients, 'postman').name}  + Other post`],
    ],
    [
      'the part of a purpose that needs a consent',
      (p) => (newsletter(p).consentFor = { en: 'Cookies.', fr: 'Cookies.', nl: 'Cookies.' }),
      'purposes',
      ['newsletter'],
      ['purposes.newsletter.consentFor: + Cookies.'],
    ],
    [
      'recipients of a consent',
      (p) => (newsletter(p).recipients = ['google']),
      'purposes',
      ['newsletter'],
      ['purposes.newsletter.recipients: - postman  + google'],
    ],
    [
      'a purpose without a consent',
      (p) => (part(p.purposes, 'rental').legalBasis = 'legitimateInterest'),
      'purposes',
      [],
      ['purposes.rental.basis: - contract  + legitimateInterest'],
    ],
    [
      'a period',
      (p) => {
        for (const rule of part(p.records, 'trips').fate) if (rule.then.do === 'archive') rule.after = 'P1Y';
      },
      'purposes',
      [],
      [
        'purposes.rental.periods: - trips: endedAt+P6M archive, accountDeleted+P0D delete  + trips: endedAt+P1Y archive, accountDeleted+P0D delete',
      ],
    ],
    [
      'a record that takes the period of another one of the purpose',
      (p) => (part(p.records, 'trips').fate = part(p.records, 'riders').fate),
      'purposes',
      [],
      [
        'purposes.rental.periods: - trips: endedAt+P6M archive, accountDeleted+P0D delete  + trips: accountDeleted+P0D delete',
      ],
    ],
    [
      'a period that counts from another field',
      (p) => {
        for (const rule of part(p.records, 'trips').fate) if ('field' in rule.when) rule.when.field = 'startedAt';
      },
      'purposes',
      [],
      [
        'purposes.rental.periods: - trips: endedAt+P6M archive, accountDeleted+P0D delete  + trips: startedAt+P6M archive, accountDeleted+P0D delete',
      ],
    ],
    [
      'a consent that is gone',
      (p) => delete p.purposes['newsletter'],
      'purposes',
      ['newsletter'],
      ['purposes.newsletter: - consent'],
    ],
    [
      'a consent that is new',
      (p) => (p.purposes['surveys'] = newsletter(p)),
      'purposes',
      [],
      ['purposes.surveys: + consent'],
    ],
  ];
  it.each(changes)('%s', (_what, spoil, kind, endsConsents, lines) => {
    const found = of(spoil);
    expect({ kind: found.kind, endsConsents: Object.keys(found.endsConsents) }).toEqual({ kind, endsConsents });
    expect(found.changed.map(printFact)).toEqual(lines);
  });

  const rental = (policy: Policy) => part(policy.purposes, 'rental');
  const postman = (policy: Policy) => part(policy.recipients, 'postman');
  const information: [string, string, (policy: Policy) => unknown][] = [
    ['the address of the controller', 'controller', (p) => (p.controller.address = 'Rue Neuve 1, Liège')],
    ['a data protection officer', 'controller.dataProtectionOfficer', (p) => delete p.controller.dataProtectionOfficer],
    ['the authority', 'controller.supervisoryAuthority', (p) => (p.controller.supervisoryAuthority.name = 'CNIL')],
    ['the age of consent', 'ageOfConsent', (p) => (p.ageOfConsent.years = 16)],
    ['a consent that lasts longer', 'rights.reconsentAfter', (p) => (p.rights.reconsentAfter.period = 'P2Y')],
    ['an automated decision', 'rights.automatedDecisions', (p) => (p.rights.automatedDecisions.text = told)],
    [
      'another company to which exports go',
      'rights.transmission.hosts',
      (p) => (p.rights.transmission = { hosts: ['velo.example'], source }),
    ],
    ['a time to say no', 'powers.told', (p) => (p.powers = { told: { period: 'P7D', source }, regimes: {} })],
    ['a description', 'purposes.rental.description', (p) => (rental(p).description = told)],
    ['an interest', 'purposes.rental.interest', (p) => (rental(p).interest = told)],
    ['data that must be given', 'purposes.rental.provision', (p) => delete rental(p).provision.optional],
    ['a consequence', 'purposes.rental.provision', (p) => (rental(p).provision.without = told)],
    [
      'trackers that nobody is asked about',
      'purposes.rental.trackersWithoutConsent',
      (p) => (rental(p).trackersWithoutConsent = { text: told, source }),
    ],
    ['profiling for advertising', 'purposes.rental.marketing', (p) => (rental(p).profilingFor = ['newsletter'])],
    [
      'a category of recipients',
      'recipientCategories.collectors',
      (p) => (p.recipientCategories['collectors'] = { ...part(p.recipientCategories, 'staff'), inside: false }),
    ],
    [
      'a category that serves more',
      'recipientCategories.staff',
      (p) => part(p.recipientCategories, 'staff').purposes.push('newsletter'),
    ],
    ['the role of a company', 'recipients.postman.role', (p) => (postman(p).role = 'jointController')],
    [
      'a part that a company decides on',
      'recipients.postman.controllerFor',
      (p) => (postman(p).controllerFor = { text: told, source }),
    ],
    ['data of a company', 'recipients.postman.dataTypes', (p) => (postman(p).dataTypes = ['email', 'name'])],
    ['safeguards', 'recipients.postman.safeguards', (p) => (postman(p).safeguards = [])],
    ['the time that a company keeps data', 'recipients.postman.kept', (p) => (postman(p).kept.period = 'P5Y')],
    ['no longest time', 'recipients.postman.kept', (p) => (postman(p).kept.orLonger = true)],
  ];
  it.each(information)('%s is information: people are told, and no consent ends', (_what, path, spoil) => {
    const { kind, endsConsents, changed } = of((policy) => void spoil(policy));
    expect({ kind, endsConsents, paths: changed.map((one) => one.path) }).toEqual({
      ...{ kind: 'information', endsConsents: {} },
      paths: [path],
    });
  });

  it('each kind of fact is spoilt by one of these: none is recorded and never compared', () => {
    const spoils = [...changes.map(([, spoil]) => spoil), ...information.map(([, , spoil]) => spoil)];
    const seen = new Set(spoils.flatMap((spoil) => of((p) => void spoil(p)).changed.map(({ path }) => kindOf(path))));
    const unseen = KINDS.filter((kind) => !seen.has(kind));
    // Of AMIKEO's policy, below.
    expect(unseen).toEqual(['powers.regimes.*']);
  });

  it('each regime of powers is a fact of its own', () => {
    const of = (powers: Policy['powers']) => factsOf({ ...amikeo, ...(powers === undefined ? {} : { powers }) });
    const [first, ...others] = Object.entries(amikeo.powers?.regimes ?? {});
    const regimes = { ...Object.fromEntries(others), [first?.[0] ?? '']: { ...first?.[1], longest: 'P1Y' } };
    const powers = { ...amikeo.powers, regimes } as Policy['powers'];
    const { kind, changed } = differenceOf(of(amikeo.powers), of(powers));
    expect({ kind, paths: changed.map(({ path }) => path) }).toEqual({
      ...{ kind: 'information', paths: [`powers.regimes.${first?.[0] ?? ''}`] },
    });
  });

  it('has the countries of before of each recipient that moves or goes', () => {
    const moved = of((p) => part(p.recipients, 'postman').countries.push('FR'));
    expect(moved.formerCountries).toEqual({ postman: ['CH'] });
    expect(of((p) => delete p.recipients['postman']).formerCountries).toEqual({ postman: ['CH'] });
    expect(of((p) => (postman(p).name = 'Other post')).formerCountries).toEqual({});
  });

  it('the order in which a policy lists things is no difference', () => {
    const turned = next({}, (p) => {
      p.purposes = Object.fromEntries(Object.entries(p.purposes).reverse());
      part(p.purposes, 'rental').dataTypes.reverse();
    });
    expect(differenceOf(factsOf(example), factsOf(turned)).kind).toBe('wording');
  });
});
