// Imported into the measured program: writes its peak memory in kB to a file when it exits.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  writeFileSync(process.env.KUBEFIGURATOR_PEAK_FILE, String(process.resourceUsage().maxRSS));
});
