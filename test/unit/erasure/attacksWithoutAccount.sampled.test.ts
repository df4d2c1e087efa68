import { testAttacks } from './victims.ts';

testAttacks('withoutAccount');
