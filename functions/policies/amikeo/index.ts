import type { Policy } from '../../src/policy/schema.ts';
import { changes } from './changes.ts';
import { dataTypes } from './dataTypes.ts';
import { devicePermissions } from './devicePermissions.ts';
import { notices } from './notices/index.ts';
import { powers } from './powers.ts';
import { purposes } from './purposes.ts';
import { recipientCategories } from './recipientCategories.ts';
import { recipients } from './recipients.ts';
import { records } from './records.ts';
import { subjectCategories } from './subjectCategories.ts';
import {
  ageOfConsent,
  contract,
  controller,
  languages,
  profile,
  remains,
  rights,
  securityMeasures,
  version,
} from './rights.ts';

/**
 * The privacy policy of AMIKEO (Auticiel), as data. Facts are those of the published text. If it is
 * silent, a statute, a CNIL recommendation or a choice of the controller stands, and says so in
 * its `source`.
 */
export const amikeo: Policy = {
  version,
  controller,
  ageOfConsent,
  subjectCategories,
  dataTypes,
  purposes,
  recipients,
  recipientCategories,
  devicePermissions,
  records,
  rights,
  powers,
  profile,
  contract,
  retention: { windows: 8 },
  remains,
  securityMeasures,
  notices,
  changes,
  languages,
};
