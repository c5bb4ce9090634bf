import { runMain } from '@kubefigurator/daemon';
import { runConsumer } from './program.ts';

runMain(process, runConsumer);
