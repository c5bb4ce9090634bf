import process from 'node:process';
import { runMain } from '@kubefigurator/daemon';
import { run } from './program.ts';

runMain(process, run);
