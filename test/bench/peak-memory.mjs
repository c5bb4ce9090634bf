// Loaded into a program that is measured: leaves the greatest memory it had, in kB, in a file when it ends.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  writeFileSync(process.env.KUBEFIGURATOR_PEAK_FILE, String(process.resourceUsage().maxRSS));
});
