import type { Policy } from '../../src/policy/schema.ts';
import { appRecords } from './records.app.ts';
import { recordsElsewhere } from './records.elsewhere.ts';
import { own } from './records.own.ts';

/** Every place of personal data. */
export const records: Policy['records'] = { ...appRecords, ...recordsElsewhere, ...own };
