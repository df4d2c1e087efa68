import { testAttacks } from './victims.ts';

testAttacks('bare');
