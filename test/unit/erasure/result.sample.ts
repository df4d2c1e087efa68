import { planErasure, recordsToErase, recordsToForget, systemsOf } from '../../../functions/src/erasure/plan.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';

export const NOW = Date.UTC(2026, 2, 1, 12);
export const AT = Date.UTC(2026, 0, 31, 12);
export const SYSTEMS = systemsOf(amikeo);
export const ERASED = SYSTEMS.flatMap((system) => recordsToErase(amikeo, system).map(({ id }) => id));
export const FORGOTTEN = recordsToForget(amikeo).map(({ id }) => id);

export const plan = planErasure(
  amikeo,
  { uid: 'uid_of_somebody', pseudonym: 'v1_p', accountCreatedAt: 1_700_000_000 },
  { by: 'accountDeleted', id: 'event:1', at: AT, from: AT, requested: false },
);

export const ground = { article: 'Art. 17(3)(b)', text: { en: 'Accounting', fr: 'Comptabilité' } };
