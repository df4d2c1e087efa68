import type { Policy } from '../../src/policy/schema.ts';
import { appRecords } from './records.app.ts';
import { complianceRecords } from './records.compliance.ts';
import { recordsElsewhere } from './records.elsewhere.ts';

/** Every place where personal data lives. */
export const records: Policy['records'] = { ...appRecords, ...recordsElsewhere, ...complianceRecords };
