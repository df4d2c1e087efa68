import { inLanguages, textsIn, type Texts } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';
import type {
  DataTypeId,
  FateRule,
  Ground,
  Period,
  Policy,
  PolicyRecord,
  PurposeId,
  Source,
  SubjectOf,
  Text,
} from '../schema.ts';
import type { OwnDataType, OwnEnd, OwnPeriod, OwnPlace } from './place.ts';
import { DEVICE_PLACE, OWN_PLACES, type OwnRecordId } from './places.ts';

type Words = Texts['ownRecords'];
type SpecialCategory = NonNullable<PolicyRecord['specialCategory']>;
type Languages = readonly [Language, ...Language[]];

/** A period with its reason. */
interface Kept {
  readonly period: Period;
  readonly source: Source;
}

/** The policy's own ids for kinds of the backend's data; a kind without one keeps our id. */
export type OwnTypes = Readonly<Partial<Record<OwnDataType, DataTypeId>>>;

/** A company's decisions about the records that the backend keeps. */
export interface OwnDecisions {
  /** The languages of the policy: each text is written in each of them. */
  readonly languages: Languages;
  /** The purpose for which the backend keeps its records: a duty of the controller. */
  readonly purpose: PurposeId;
  /** The purposes for which people are asked; their answers serve these, too. */
  readonly asked?: readonly PurposeId[];
  /** A purpose on a contract or a consent, for which people have an account: requests serve it. */
  readonly service?: PurposeId;
  /** Only if the policy asks devices for something: the purposes and the data types of it. */
  readonly devices?: { readonly purposes: readonly PurposeId[]; readonly dataTypes: readonly DataTypeId[] };
  /** As the policy has them: some may be special categories (Art. 9). */
  readonly dataTypes: Policy['dataTypes'];
  readonly types?: OwnTypes;
  /**
   * The grounds for special categories: `claims` of proof and requests, `content` of copies of the
   * person's data and of their own texts.
   */
  readonly grounds?: { readonly claims?: SpecialCategory; readonly content?: SpecialCategory };
  /** How long chains and marks stay as proof after the account's end (Art. 17(3)(e)). */
  readonly proof: Kept & { readonly ground?: Ground };
  /**
   * How long claims can be brought: requests, certificates, holds and guardianships stay so long.
   */
  readonly claims: Kept;
  /** How long an export can be downloaded, as `rights.exportsKept`. */
  readonly exportsKept: Kept;
  /** How long an officer's sheet lives at most, as `rights.officerSheetsKept`. */
  readonly officerSheetsKept: Kept;
  /** Other periods than ours. */
  readonly periods?: Readonly<Partial<Record<OwnPeriod, Kept>>>;
  /** The source of a record, if the company's own text or law says more than ours. */
  readonly sources?: Readonly<Partial<Record<keyof Words['names'], Source>>>;
}

/** Ours, for as long as the company sets no other. */
const PERIODS: Readonly<Record<Exclude<keyof Words['periods'], 'privacyRequests'>, Period>> = {
  breakers: 'P1Y',
  checkpointBuckets: 'P1Y',
  checkpoints: 'P10Y',
  inactivities: 'P1Y',
  jobs: 'P1Y',
  lastAnswers: 'P6M',
  links: 'P0D',
  notifications: 'P30D',
  officerReads: 'P1Y',
  rateLimits: 'P0D',
  rejectedEvents: 'P30D',
  retentionRuns: 'P5Y',
  retentionScans: 'P7D',
  suppressions: 'P3Y',
};

/** Records that a law asks for; the others are the controller's own choice. */
const STATUTES: readonly string[] = [
  'ageBands',
  'consents',
  'disclosures',
  'exports',
  'guardianships',
  'guardianshipsHeld',
  'hiddenDisclosures',
  'lastAnswers',
  'ledger',
  'ledgerEntries',
  'legalHolds',
  'officerSheets',
  'officerTasks',
  'privacyRequests',
  'restrictions',
  'suppressions',
];

/** Records of a person's own texts, or of copies of their data: special categories by consent. */
const CONTENT: readonly string[] = ['consents', 'devicePermissions', 'exports', 'privacyRequests'];

const OWN_DATA_TYPES = Object.keys(textsIn('en').ownRecords.dataTypes) as OwnDataType[];

/**
 * The data types that the backend needs and the policy has none of its own for.
 *
 * @param types those for which the policy has one: `{ emailAddress: 'email' }`
 */
export const ownDataTypes = (languages: Languages, types: OwnTypes = {}): Policy['dataTypes'] =>
  Object.fromEntries(
    OWN_DATA_TYPES.filter((type) => types[type] === undefined).map((type) => [
      type,
      {
        name: say(languages, ({ dataTypes }) => dataTypes[type]),
        source: { kind: 'ownChoice', reference: say(languages, ({ why }) => why.backend) },
      },
    ]),
  );

/** The ids of all data types that the backend needs: the purpose of its records names them. */
export const ownDataTypeIds = (types: OwnTypes = {}): DataTypeId[] => OWN_DATA_TYPES.map((type) => types[type] ?? type);

/**
 * The records that the backend itself keeps, in both databases and in the buckets. Every policy
 * spreads them into its `records`: an undeclared one is in no access and survives an erasure.
 *
 * @example records: { riders, trips, ...ownRecords({ languages, purpose: 'proof', … }) }
 */
export function ownRecords<D extends OwnDecisions>(
  decisions: D,
): Record<OwnRecordId | (D extends { devices: object } ? 'devicePermissions' : never), PolicyRecord> {
  const places: Record<string, OwnPlace> = {
    ...OWN_PLACES,
    ...(decisions.devices === undefined ? {} : { devicePermissions: DEVICE_PLACE }),
  };
  return Object.fromEntries(
    Object.entries(places).map(([id, place]) => [id, recordOf(decisions, id as keyof Words['names'], place)]),
  ) as ReturnType<typeof ownRecords<D>>;
}

const say = (languages: Languages, write: (words: Words) => string): Text =>
  inLanguages({ languages }, ({ ownRecords: words }) => write(words));

/** The text for a record, if it has one of its own. */
const textOf = (texts: Readonly<Record<string, string>>, id: string): string | undefined => texts[id];

function recordOf(
  decisions: OwnDecisions,
  id: keyof Words['names'],
  { dataTypes, ends, subject, export: product, leaveOut, ownWords, ...place }: OwnPlace,
): PolicyRecord {
  const { languages } = decisions;
  const purposes = purposesOf(decisions, id);
  const types = [
    ...(id === 'devicePermissions' ? (decisions.devices?.dataTypes ?? []) : []),
    ...dataTypes.map((type) => decisions.types?.[type] ?? type),
  ];
  const special = types.some((type) => decisions.dataTypes[type]?.specialCategory === true);
  const ground = special ? decisions.grounds?.[CONTENT.includes(id) ? 'content' : 'claims'] : undefined;
  return {
    ...place,
    name: say(languages, ({ names }) => names[id]),
    subject: subject === 'nobody' ? nobody(languages, id) : subject,
    purposes,
    dataTypes: types,
    ...(ground === undefined ? {} : { specialCategory: ground }),
    provided: product === 'both',
    fate: ends.flatMap((end) => rulesOf(decisions, end)),
    export: {
      access: product !== 'neither',
      // Art. 20(1)(a): only data that rest on a consent or a contract are portable.
      portability: product === 'both' && purposes.some((purpose) => purpose !== decisions.purpose),
      ...(leaveOut === undefined ? {} : { leaveOut: [...leaveOut] }),
      ...(ownWords === undefined ? {} : { ownWords }),
    },
    source: decisions.sources?.[id] ?? sourceOf(languages, id),
  };
}

function purposesOf({ purpose, asked = [], service, devices }: OwnDecisions, id: string): PurposeId[] {
  if (id === 'consents') return [...asked, purpose];
  if (id === 'privacyRequests') return service === undefined ? [purpose] : [purpose, service];
  return id === 'devicePermissions' && devices !== undefined ? [...devices.purposes] : [purpose];
}

function sourceOf(languages: Languages, id: string): Source {
  // One row, seen from two sides.
  const named = id === 'guardianshipsHeld' ? 'guardianships' : id;
  return {
    kind: STATUTES.includes(id) ? 'statute' : 'ownChoice',
    reference: say(languages, ({ why }) => textOf(why, named) ?? why.backend),
  };
}

const nobody = (languages: Languages, id: string): SubjectOf => ({
  none: say(languages, ({ nobody: words }) => textOf(words, id) ?? words.figures),
});

function rulesOf(decisions: OwnDecisions, end: OwnEnd): FateRule[] {
  const { languages, proof } = decisions;
  const onErasure = (then: FateRule['then']): FateRule => ({
    when: { event: 'accountDeleted' },
    after: 'P0D',
    then,
    source: { kind: 'statute', reference: say(languages, ({ erasure }) => erasure) },
  });
  if (end === 'account') return [onErasure({ do: 'delete' })];
  if (end === 'proof') {
    const ground = proof.ground ?? { article: 'Art. 17(3)(e)', text: say(languages, (words) => words.proof) };
    return [
      {
        when: { event: 'accountDeleted' },
        after: proof.period,
        then: { do: 'retain', ground },
        source: proof.source,
      },
      onErasure({ do: 'delete' }),
    ];
  }
  if ('loses' in end) return [onErasure({ do: 'anonymise', fields: [...end.loses] })];
  const [field, { period, source }] =
    'proofFrom' in end ? [end.proofFrom, proof] : [end.field, keptFor(decisions, end.period)];
  return [{ when: { field }, after: period, then: { do: 'delete' }, source }];
}

function keptFor(decisions: OwnDecisions, period: OwnPeriod): Kept {
  const { languages, periods = {}, claims, exportsKept, officerSheetsKept } = decisions;
  const set = periods[period];
  if (set !== undefined) return set;
  if (period === 'claims' || period === 'certificates') return claims;
  if (period === 'exports') return exportsKept;
  if (period === 'officerSheets') return officerSheetsKept;
  return {
    period: period === 'privacyRequests' ? claims.period : PERIODS[period],
    source: { kind: 'ownChoice', reference: say(languages, ({ periods: why }) => why[period]) },
  };
}
