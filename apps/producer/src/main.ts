import process from 'node:process';
import { runMain } from '@kubefigurator/daemon';
import { runProducer } from './program.ts';

runMain(process, runProducer);
